/* From the text of a name to its words.
 *
 * Persons: titles and particles are kept as words that are worth nothing, articles before Arabic names are
 * left out, and what is one name is made one word: "Abd al-Aziz", "Abdul Aziz" and "Abdulaziz"; "Saif al-Din"
 * and "Saifuddin"; "Nasr Allah" and "Nasrullah". Patronymics are marked: a name that lacks one is still the
 * same name, one with another is not.
 *
 * Organisations: single letters that follow each other are one word ("S.A.R.L."), legal forms are taken out
 * and remembered as a class, words like "the" are left out, numbers are written in digits, known initials are
 * spelled out ("NII" is a scientific research institute), and words that many bear get their sense.
 *
 * What stands in brackets or behind a slash may be a second name, so there are several readings. */
#include "sanctions/name.h"
#include "sanctions/name_words.h"
#include "sanctions/tables/form_class.h"

enum {
    WORDS_MAX = 4 * LIMIT_NAME_TOKENS,
    WORTH_PARTICLE = 5,
    WORTH_INITIAL = 45,
    WORTH_PATRONYMIC = 60,
    WORTH_NUMBER = 30,
    ACRONYM_MOST = 8
};

/* A run of letters and digits. */
struct word {
    struct bytes text;
    enum script script;
    bool bracketed;
    uint8_t part; /* which of the parts between slashes */
};

struct name_reader {
    struct translit *translit;
    struct roman roman;
    struct word words[WORDS_MAX];
    size_t count;
};

bool name_reader_new(struct name_reader **ret_reader, struct error *err) {
    if (!words_prepare(err))
        return false;
    struct name_reader *reader = calloc(1, sizeof *reader);
    if (!reader || !(reader->translit = translit_new())) {
        free(reader);
        return error_set(err, ERROR_INTERNAL, "no memory to read names");
    }
    *ret_reader = reader;
    return true;
}

void name_reader_free(struct name_reader *reader) {
    if (!reader)
        return;
    translit_free(reader->translit);
    free(reader);
}

static bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* Cuts the text into words. An apostrophe in a word is left out: the letters behind it move up. */
static void cut_words(struct name_reader *reader) {
    struct roman *roman = &reader->roman;
    bool bracketed = false;
    uint8_t part = 0;
    reader->count = 0;
    for (size_t at = 0; at < roman->len && reader->count < WORDS_MAX;) {
        char c = roman->text[at];
        bracketed = c == '(' || (bracketed && c != ')');
        part += c == '/' && part < UINT8_MAX;
        if (!is_word(c)) {
            at++;
            continue;
        }
        size_t start = at, end = at;
        for (; at < roman->len && (is_word(roman->text[at]) || roman->text[at] == '\''); at++)
            if (roman->text[at] != '\'')
                roman->text[end++] = roman->text[at];
        reader->words[reader->count++] = (struct word){
            {roman->text + start, end - start}, (enum script)roman->script[start], bracketed, part};
    }
}

static struct token *add(struct name *name, const struct token *token) {
    if (name->count == LIMIT_NAME_TOKENS)
        return NULL;
    name->tokens[name->count] = *token;
    return &name->tokens[name->count++];
}

static bool is_one_of(struct bytes text, const char *const *list, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (bytes_equal_string(text, list[i]))
            return true;
    return false;
}

static bool is_digits(struct bytes text) {
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
    return text.len > 0;
}

/* --- persons --- */

static const char *const slaves[] = {"abd",   "abdul", "abdel", "abdal", "abdol",
                                     "abdou", "abdu",  "abdur", "abdus"};
static const char *const faiths[] = {"din", "deen", "dine", "dien"};
static const char *const gods[] = {"allah", "ullah", "ollah", "alla", "ulla", "lah", "llah", "allh"};

struct joined {
    char text[2 * LIMIT_NAME_BYTES];
    size_t len;
};

static void join(struct joined *joined, struct bytes a, const char *b) {
    size_t len = MIN(a.len, (size_t)LIMIT_NAME_BYTES), more = strlen(b);
    memcpy(joined->text, a.ptr, len);
    memcpy(joined->text + len, b, more);
    joined->len = len + more;
}

/* "abdulaziz" as "abdaziz", "saifuddin" as "saifdin", "nasrullah" as "nasralah": joined is the word then. */
static bool unify_compound(struct bytes text, struct joined *joined) {
    static const char *const heads[] = {"abdul", "abdel", "abdal", "abdol"};
    static const char *const faith_tails[] = {"uddin",  "eddin", "addin", "oddin",  "iddin",
                                              "aldin",  "uldin", "eldin", "uddeen", "eddine",
                                              "addine", "ddine", "udeen", "udin"};
    static const char *const god_tails[] = {"ullah", "allah",  "ollah", "ulla", "alla",
                                            "allh",  "oullah", "elah",  "llh"};
    for (size_t i = 0; i < ARRAY_LEN(heads); i++)
        if (text.len >= 7 && memcmp(text.ptr, heads[i], 5) == 0) {
            struct bytes rest = {text.ptr + 5, text.len - 5};
            bool god = bytes_starts_with(rest, "la") || bytes_equal_string(rest, "lh");
            char name[LIMIT_NAME_BYTES + 1];
            snprintf(name, sizeof name, "%s%.*s", god ? "a" : "", BYTES_FORMAT(rest));
            join(joined, BYTES_LITERAL("abd"), name);
            return true;
        }
    const struct {
        const char *const *tails;
        size_t count;
        const char *kept;
    } kinds[] = {{faith_tails, ARRAY_LEN(faith_tails), "din"}, {god_tails, ARRAY_LEN(god_tails), "alah"}};
    for (size_t k = 0; k < ARRAY_LEN(kinds); k++)
        for (size_t i = 0; i < kinds[k].count; i++) {
            size_t tail = strlen(kinds[k].tails[i]);
            if (text.len >= tail + 3 && memcmp(text.ptr + text.len - tail, kinds[k].tails[i], tail) == 0) {
                join(joined, (struct bytes){text.ptr, text.len - tail}, kinds[k].kept);
                return true;
            }
        }
    return false;
}

/* Joins the word to the last token, if together they are one name; an article between them goes. */
static bool join_compound(struct name *name, struct bytes text, enum script script) {
    struct joined joined;
    size_t at = name->count;
    while (at > 0 && name->tokens[at - 1].kind == TOKEN_PARTICLE &&
           word_of_person(&name->tokens[at - 1]) == PERSON_ARTICLE)
        at--;
    if (at == 0 || name->tokens[at - 1].kind != TOKEN_WORD)
        return false;
    struct token *last = &name->tokens[at - 1];
    struct bytes before = {last->text, last->len};
    if (is_one_of(before, slaves, ARRAY_LEN(slaves))) {
        char rest[LIMIT_NAME_BYTES + 1];
        snprintf(rest, sizeof rest, "%.*s", BYTES_FORMAT(text));
        join(&joined, BYTES_LITERAL("abd"), is_one_of(text, gods, ARRAY_LEN(gods)) ? "alah" : rest);
    } else if (is_one_of(text, faiths, ARRAY_LEN(faiths)))
        join(&joined, before, "din");
    else if (is_one_of(text, gods, ARRAY_LEN(gods)))
        join(&joined, before, "alah");
    else
        return false;
    word_token((struct bytes){joined.text, joined.len}, script, last);
    last->sense = word_given_name(last);
    name->count = (uint8_t)at;
    return true;
}

static void add_person_word(struct name *name, const struct word *word, bool first_of_two, bool last) {
    struct token token;
    struct joined joined;
    word_token(word->text, word->script, &token);
    enum person_word kind = word_of_person(&token);
    if ((first_of_two && kind != PERSON_TITLE) || (last && kind == PERSON_ARTICLE))
        kind = PERSON_NAME;
    if (kind != PERSON_ARTICLE && join_compound(name, (struct bytes){token.text, token.len}, word->script))
        return;
    if (unify_compound((struct bytes){token.text, token.len}, &joined))
        word_token((struct bytes){joined.text, joined.len}, word->script, &token);
    if (kind != PERSON_NAME) {
        token.kind = TOKEN_PARTICLE;
        token.weight = WORTH_PARTICLE;
    } else if (token.len == 1) {
        token.kind = TOKEN_INITIAL;
        token.weight = WORTH_INITIAL;
    } else
        token.sense = word_given_name(&token);
    (void)add(name, &token);
}

/* Of names like "Ivan Petrovich Markevich" the one in the middle; at most one. */
static void mark_patronymic(struct name *name) {
    size_t words = 0, candidates = 0, chosen = 0;
    uint16_t chosen_sense = 0;
    for (size_t i = 0; i < name->count; i++)
        words += name->tokens[i].kind == TOKEN_WORD;
    for (size_t i = 1; i < name->count; i++) {
        uint16_t sense;
        if (name->tokens[i].kind != TOKEN_WORD || !word_patronymic(&name->tokens[i], &sense))
            continue;
        if (candidates++ == 0 || (sense && !chosen_sense)) {
            chosen = i;
            chosen_sense = sense;
        }
    }
    if (words < 3 || candidates == 0)
        return;
    name->tokens[chosen].kind = TOKEN_PATRONYMIC;
    name->tokens[chosen].weight = WORTH_PATRONYMIC;
    name->tokens[chosen].sense = chosen_sense;
}

/* If nothing but titles and particles is left, they are the name. */
static void keep_something(struct name *name) {
    for (size_t i = 0; i < name->count; i++)
        if (name->tokens[i].kind != TOKEN_PARTICLE)
            return;
    for (size_t i = 0; i < name->count; i++) {
        name->tokens[i].kind = TOKEN_WORD;
        name->tokens[i].weight = 100;
    }
}

static void read_person(const struct word *words, size_t count, struct name *ret_name) {
    for (size_t i = 0; i < count; i++)
        add_person_word(ret_name, &words[i], i == 0 && count == 2, i + 1 == count);
    for (size_t i = 0; i < count && ret_name->count == 0; i++) {
        struct token token;
        word_token(words[i].text, words[i].script, &token);
        (void)add(ret_name, &token);
    }
    keep_something(ret_name);
    mark_patronymic(ret_name);
}

/* --- organisations --- */

static const char *const ones[] = {"zero",    "one",     "two",       "three",    "four",
                                   "five",    "six",     "seven",     "eight",    "nine",
                                   "ten",     "eleven",  "twelve",    "thirteen", "fourteen",
                                   "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"};
static const char *const tens[] = {"twenty", "thirty",  "forty",  "fifty",
                                   "sixty",  "seventy", "eighty", "ninety"};
static const char *const ordinals[] = {"first", "second",  "third",  "fourth", "fifth",
                                       "sixth", "seventh", "eighth", "ninth",  "tenth"};
static const char *const romans[] = {"i",  "ii",  "iii",  "iv",  "v",  "vi",  "vii",  "viii",  "ix",  "x",
                                     "xi", "xii", "xiii", "xiv", "xv", "xvi", "xvii", "xviii", "xix", "xx"};

static int index_of(struct bytes text, const char *const *list, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (bytes_equal_string(text, list[i]))
            return (int)i;
    return -1;
}

/* "44", "44th", "forty", "second", and if it may be a Roman one "IV"; -1: no number. */
static int64_t number_of(struct bytes text, bool roman) {
    uint64_t number;
    size_t digits = 0;
    while (digits < text.len && text.ptr[digits] >= '0' && text.ptr[digits] <= '9')
        digits++;
    struct bytes suffix = {text.ptr + digits, text.len - digits};
    static const char *const suffixes[] = {"", "st", "nd", "rd", "th", "y", "i", "ya", "oy"};
    if (digits > 0 && is_one_of(suffix, suffixes, ARRAY_LEN(suffixes)) &&
        bytes_to_number((struct bytes){text.ptr, digits}, 999999999, &number))
        return (int64_t)number;
    int at = index_of(text, ones, ARRAY_LEN(ones));
    if (at >= 0)
        return at;
    if ((at = index_of(text, tens, ARRAY_LEN(tens))) >= 0)
        return 10 * (at + 2);
    if (bytes_equal_string(text, "fourty"))
        return 40;
    if ((at = index_of(text, ordinals, ARRAY_LEN(ordinals))) >= 0)
        return at + 1;
    at = roman ? index_of(text, romans, ARRAY_LEN(romans)) : -1;
    return at < 0 ? -1 : at + 1;
}

static void add_number(struct name *name, int64_t number) {
    struct token *last = name->count ? &name->tokens[name->count - 1] : NULL;
    char digits[24];
    struct token token;
    if (last && last->kind == TOKEN_NUMBER && number > 0 && number < 10 && last->len == 2 &&
        last->text[1] == '0') {
        number += 10 * (last->text[0] - '0');
        name->count--;
    }
    int len = snprintf(digits, sizeof digits, "%lld", (long long)number);
    token_make((struct bytes){digits, (size_t)len}, SCRIPT_LATIN, &token);
    token.kind = TOKEN_NUMBER;
    token.weight = WORTH_NUMBER;
    (void)add(name, &token);
}

static void add_common_words(struct name *name, const char *words) {
    for (struct bytes rest = bytes_of(words); rest.len > 0;) {
        struct token token;
        word_token_common(bytes_split(&rest, ' '), SCRIPT_LATIN, &token);
        (void)word_is_common(&token);
        (void)add(name, &token);
    }
}

static void add_entity_token(struct name *name, struct token *token, bool last) {
    struct bytes text = {token->text, token->len};
    int64_t number = number_of(text, name->count > 0 && (last || token->len > 1));
    const char *spelled = word_spelled_out(token);
    if (number > 0 || is_digits(text))
        add_number(name, MAX(number, 0));
    else if (spelled)
        add_common_words(name, spelled);
    else if (!word_is_stopword(token)) {
        struct token original = *token;
        if (!word_is_common(token))
            word_token_common((struct bytes){original.text, original.len}, (enum script)original.script,
                              token);
        if (word_of_person(token) == PERSON_ARTICLE || word_of_person(token) == PERSON_PARTICLE) {
            token->kind = TOKEN_PARTICLE;
            token->weight = WORTH_PARTICLE;
        }
        (void)add(name, token);
    }
}

/* Single letters that follow each other become one word. */
static size_t make_entity_tokens(const struct word *words, size_t count, struct token *tokens) {
    size_t made = 0;
    for (size_t i = 0; i < count && made < LIMIT_NAME_TOKENS * 2;) {
        char letters[LIMIT_TOKEN];
        size_t run = 0;
        while (i + run < count && run < sizeof letters && words[i + run].text.len == 1 &&
               !is_digits(words[i + run].text)) {
            letters[run] = words[i + run].text.ptr[0];
            run++;
        }
        struct bytes text = run > 1 ? (struct bytes){letters, run} : words[i].text;
        word_token(text, words[i].script, &tokens[made++]);
        i += MAX(run, (size_t)1);
    }
    return made;
}

/* A form that tells nothing stays as a word that is worth nothing: the K of "AFK" is for korporatsiya. */
static void add_form(struct name *name, const struct token *form, unsigned class) {
    struct token token = *form;
    token.kind = TOKEN_PARTICLE;
    token.weight = WORTH_PARTICLE;
    if (class == FORM_ANY)
        (void)add(name, &token);
    else
        name->forms |= (uint16_t)(1u << class);
}

static void read_entity(const struct word *words, size_t count, struct name *ret_name) {
    struct token tokens[2 * LIMIT_NAME_TOKENS];
    size_t made = make_entity_tokens(words, count, tokens);
    for (size_t i = 0; i < made;) {
        unsigned class = FORM_ANY;
        size_t form = word_legal_form(tokens + i, made - i, true, &class);
        if (form)
            add_form(ret_name, &tokens[i], class);
        else
            add_entity_token(ret_name, &tokens[i], i + 1 == made);
        i += MAX(form, (size_t)1);
    }
    for (size_t i = 0; i < made && ret_name->count == 0; i++)
        (void)add(ret_name, &tokens[i]);
    keep_something(ret_name);
}

/* --- readings --- */

static void read_words(const struct word *words, size_t count, enum name_schema schema,
                       struct name_readings *readings) {
    struct name *name = &readings->names[readings->count];
    *name = (struct name){.schema = (uint8_t)schema};
    if (schema == NAME_PERSON)
        read_person(words, count, name);
    else
        read_entity(words, count, name);
    readings->count += name->count > 0;
}

/* One of the readings: the words in brackets or those outside, or those of one part. */
static void read_some(const struct name_reader *reader, bool bracketed, int part, enum name_schema schema,
                      struct name_readings *readings) {
    struct word words[WORDS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < reader->count; i++)
        if (part < 0 ? reader->words[i].bracketed == bracketed : reader->words[i].part == part)
            words[count++] = reader->words[i];
    if (count > 0 && count < reader->count && readings->count < NAME_READINGS)
        read_words(words, count, schema, readings);
}

/* How many tokens tell who it is. */
static size_t telling(const struct name *name) {
    size_t count = 0;
    for (size_t i = 0; i < name->count; i++)
        count += name->tokens[i].kind == TOKEN_WORD && name->tokens[i].len >= 3;
    return count;
}

/* "Iran Aircraft Industries (IACI)": one word in brackets, the letters of which stand in this order outside.
 */
static bool is_own_acronym(const struct name *inside, const struct name *outside) {
    const struct token *token = &inside->tokens[0];
    size_t found = 0;
    for (size_t i = 0; i < outside->count; i++)
        for (size_t k = 0; k < outside->tokens[i].len && found < token->len; k++)
            found += outside->tokens[i].text[k] == token->text[found];
    return inside->count == 1 && token->kind == TOKEN_WORD && token->len >= 2 && token->len <= ACRONYM_MOST &&
           found == token->len && token->text[0] == outside->tokens[0].text[0];
}

static void read_alternatives(const struct name_reader *reader, enum name_schema schema,
                              struct name_readings *readings) {
    size_t first = readings->count;
    read_some(reader, true, -1, schema, readings);
    if (readings->count > first) {
        struct name inside = readings->names[first];
        readings->count = first;
        read_some(reader, false, -1, schema, readings);
        bool acronym = readings->count > first && schema == NAME_ENTITY &&
                       inside.tokens[0].kind == TOKEN_WORD &&
                       is_own_acronym(&inside, &readings->names[first]);
        if (!acronym)
            readings->count = first;
        if (readings->count < NAME_READINGS && (acronym || telling(&inside) >= 2))
            readings->names[readings->count++] = inside;
    }
    if (reader->count > 0 && reader->words[reader->count - 1].part == 1)
        for (int part = 0; part < 2; part++) {
            first = readings->count;
            read_some(reader, false, part, schema, readings);
            if (readings->count > first && telling(&readings->names[first]) < 1)
                readings->count = first;
        }
}

bool name_read(struct name_reader *reader, struct bytes text, enum name_schema schema,
               struct name_readings *ret_readings, struct error *err) {
    if (!translit_text(reader->translit, text, &reader->roman, err))
        return false;
    cut_words(reader);
    ret_readings->count = 0;
    read_words(reader->words, reader->count, schema, ret_readings);
    if (ret_readings->count == 0)
        return error_set(err, ERROR_VALIDATION, "a name has no letter or digit that could be compared");
    read_alternatives(reader, schema, ret_readings);
    return true;
}
