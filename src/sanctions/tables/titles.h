/* Words in a person's name that are no name: titles and honorifics, and the particles between names. Worth
 * nothing when only one of two names has them. An article before an Arabic name is left out altogether. */
#ifndef SANCTIONS_TABLES_TITLES_H
#define SANCTIONS_TABLES_TITLES_H

static const char titles[] =
    "mr mrs ms miss dr prof professor sir dame lord lady hon honourable honorable jr sr phd esq monsieur "
    "madame mme mlle herr frau senor senora don dona signor hr president prasident presidente prezident "
    "minister general gen colonel col major maj captain capt commander cmdr commandant brigadier lieutenant "
    "lt sergeant sgt admiral marshal ambassador judge justice senator governor deputy engineer eng ing ir "
    "doctor imam ayatollah ayatullah hojatoleslam hojjatoleslam sheikh shaykh shaikh cheikh sheik shaik "
    "shaykhul mullah mulla molla mawlawi maulavi maulawi molvi maulana mawlana qari hafiz haji hajji haj "
    "hadj hajj alhaj alhaji ustad ustaz ustadh sardar comrade gospodin pan pani shri sri smt begum господин "
    "госпожа гражданин президент генерал полковник доктор профессор пан na unknown fnu lnu nee";

static const char particles[] =
    "bin ben ibn bn binti bint binte b ould wuld weld ibni ubn abn von van der den de del della di da do dos "
    "das du la le zu zum ter ten af av y e ap ogly oglu oghlu ugli uulu kyzy kizi qizi gyzy zada";

static const char articles[] = "al el ul ur ud us ad ed ar as az an ash at es er en ech ach il l ol";

#endif
