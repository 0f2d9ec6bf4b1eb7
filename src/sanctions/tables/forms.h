/* Legal forms of companies, by what they are, whatever the language. Facts of public knowledge (company laws,
 * the list of ISO 20275); the selection and the classes are ours. A form is one or more words; it is taken
 * out of the name wherever it stands, or, where it is also a word of its own, only at the end. Looked up by
 * token_key, so that other romanisations of the same words need no entry. */
#ifndef SANCTIONS_TABLES_FORMS_H
#define SANCTIONS_TABLES_FORMS_H

#include "sanctions/tables/form_class.h"

/* forms: separated by '|'. ending: those that count at the end of a name alone. */
static const struct {
    enum form_class class;
    const char *forms, *ending;
} legal_forms[] = {
    {FORM_LIMITED,
     "limited liability company|limited liability co|company with limited liability|limited liability "
     "corporation|"
     "limited liability|llc|l l c|ltd|limited|private limited|pvt ltd|pvt limited|pte ltd|pte "
     "limited|pte|pty ltd|"
     "pty|co ltd|co limited|company limited|company ltd|corporation limited|ltda|limitada|"
     "gesellschaft mit beschrankter haftung|gesellschaft mbh|gmbh|gmbh co kg|mbh|ges mbh|"
     "sarl|societe a responsabilite limitee|sasu|sas|societe par actions simplifiee|"
     "srl|societa a responsabilita limitata|sociedad de responsabilidad limitada|sociedad limitada|"
     "societatea cu raspundere limitata|s de rl|s de rl de cv|"
     "besloten vennootschap|besloten vennootschap met beperkte aansprakelijkheid|bv|bvba|"
     "sp zoo|sp z oo|spolka zoo|spolka z ograniczona odpowiedzialnoscia|sro|spol sro|spolecnost s rucenim "
     "omezenym|"
     "spolocnost s rucenim obmedzenym|doo|drustvo s ogranicenom odgovornoscu|dooel|kft|korlatolt felelossegu "
     "tarsasag|eood|ood|"
     "ou|osauhing|sia|uab|uzdaroji akcine bendrove|ohu|aps|anpartsselskab|osakeyhtio|shpk|epe|"
     "общество с ограниченной ответственностью|общества с ограниченной ответственностью|ооо|"
     "obshchestvo s ogranichennoi otvetstvennostyu|obshchestvo s ogranichennoy otvetstvennostyu|obschestvo s "
     "ogranichennoy otvetstvennostyu|"
     "товарищество с ограниченной ответственностью|тоо|товариство з обмеженою відповідальністю|тов|"
     "таварыства з абмежаванай адказнасцю|таа|общество с дополнительной ответственностью|одо|llp|limited "
     "liability partnership|"
     "mmc|mehdud mesuliyyetli cemiyyet|limited sirketi|ltd sti|sirketi|sti|"
     "fze|fz llc|fzc|fzco|fz|free zone establishment|free zone company|dmcc|wll|with limited liability|"
     "chastnaya kompaniya|youxian gongsi|you xian gong si|you xian ze ren gong si|gong si|sdn bhd|sendirian "
     "berhad|pt|perseroan terbatas|cv|"
     "tnhh|cong ty tnhh|gk|yugen kaisha|kabushiki kaisha yugen",
     "oy|se co"},
    {FORM_STOCK,
     "joint stock company|joint stock co|public joint stock company|open joint stock company|closed joint "
     "stock company|"
     "private joint stock company|nonpublic joint stock company|non public joint stock company|"
     "international public joint stock company|international joint stock company|joint stock|stock company|"
     "public joint stock|jsc|pjsc|ojsc|cjsc|pjs|pjsco|ipjsc|ao|oao|pao|zao|nao|mkao|mkpao|"
     "акционерное общество|публичное акционерное общество|открытое акционерное общество|закрытое акционерное "
     "общество|"
     "непубличное акционерное общество|международное публичное акционерное "
     "общество|ао|оао|пао|зао|нао|мкао|мкпао|"
     "международная компания публичное акционерное общество|международная компания акционерное общество|"
     "aktsionernoe obshchestvo|aktsionernoye obshchestvo|otkrytoe aktsionernoe obshchestvo|zakrytoe "
     "aktsionernoe obshchestvo|"
     "publichnoe aktsionernoe obshchestvo|"
     "акціонерне товариство|публічне акціонерне товариство|приватне акціонерне товариство|пат|прат|"
     "адкрытае акцыянернае таварыства|акцыянернае таварыства|закрытае акцыянернае таварыства|аат|заат|"
     "aktiengesellschaft|akg|aktiebolag|aktieselskab|allmennaksjeselskap|aksjeselskap|asa|publikt aktiebolag|"
     "societe anonyme|sociedad anonima|societa per azioni|spa|sociedade anonima|naamloze vennootschap|nv|"
     "sa de cv|sociedad anonima de capital variable|sab de cv|sapi de cv|saa|sae|saog|saoc|psc|pjsc "
     "psc|shareholding company|"
     "plc|public limited company|public company|public limited|public company limited|pcl|"
     "spolka akcyjna|akciova spolecnost|akciova spolocnost|aktsiaselts|akciju sabiedriba|akcine bendrove|"
     "akcionarsko drustvo|dionicko drustvo|reszvenytarsasag|nyrt|zrt|oyj|julkinen osakeyhtio|"
     "anonim sirketi|anonim sirket|anonim ortakligi|tbk|berhad|bhd|"
     "kabushiki kaisha|kabushikigaisha|kk|gu fen you xian gong si|gufen youxian gongsi|jusik hoesa|"
     "societas europaea|incorporated|inc",
     "as|ag|ab|sa|se|ad|dd|asc|at|kgaa"},
    {FORM_PARTNERSHIP,
     "limited partnership|lp|general partnership|partnership|kommanditgesellschaft|offene "
     "handelsgesellschaft|ohg|"
     "полное товарищество|коммандитное товарищество|scs|snc|societe en nom "
     "collectif|scsp|sca|kommanditbolag|lllp|societe en commandite",
     "kg|gbr|kb|hb|ks|vof"},
    {FORM_STATE,
     "federal state unitary enterprise|federal state enterprise|state unitary enterprise|federal state "
     "institution|"
     "federal state budgetary institution|federal state budget institution|federal state budgetary "
     "enterprise|"
     "federal treasury enterprise|federal state owned enterprise|state owned enterprise|state enterprise|"
     "federal state autonomous institution|municipal unitary enterprise|republican unitary "
     "enterprise|unitary enterprise|"
     "федеральное государственное унитарное предприятие|фгуп|государственное унитарное предприятие|гуп|"
     "федеральное казенное предприятие|федеральное казённое предприятие|фкп|государственное предприятие|"
     "республиканское унитарное предприятие|руп|унитарное предприятие|федеральное государственное бюджетное "
     "учреждение|фгбу|"
     "государственное казенное предприятие|федеральное государственное автономное учреждение|фгау|"
     "муниципальное унитарное предприятие|муп|державне підприємство|"
     "федеральное государственное бюджетное образовательное учреждение высшего образования|фгбоу во|"
     "федеральное государственное бюджетное учреждение науки|fgup|fsue|fse|gup|fkp|rue|sue",
     NULL},
    {FORM_NONPROFIT,
     "autonomous non profit organization|autonomous nonprofit organization|autonomous non commercial "
     "organization|"
     "non profit organization|автономная некоммерческая организация|ано|некоммерческая организация|nko|"
     "общественная организация|региональная общественная организация|некоммерческое партнерство|"
     "eingetragener verein|ev|stichting|ngo|ano|eg|eingetragene genossenschaft|asbl|vzw",
     NULL},
    {FORM_SOLE, "sole proprietorship|индивидуальный предприниматель|ип|fop|фоп", NULL},
    {FORM_ANY,
     "company|co|corporation|corp|compagnie|compania|companhia|kompaniya|компания|компании|корпорация|"
     "корпорации|korporatsiya|"
     "unlimited company|private company|and company|and co|private|public|pvt|na|national association|lc|"
     "شركة|شركت|شرکت|sherkat|sharikat|charitable company|registered|reg|cie|ets|etablissements|entreprise",
     NULL},
};

#endif
