/* Who is listed: the designations of one version of one sanctions list, whatever its format was.
 *
 * Everything of a kind lies in one array, in the order of the designations, and a designation says where its
 * own begins and how many there are; strings lie in one pool, each once. Nothing changes after it was read,
 * so that any number of threads may look. What a list does not tell is empty: len 0, year 0, code "".
 * Text is valid UTF-8 as the list has it, without blanks at the ends. */
#ifndef SANCTIONS_DESIGNATION_H
#define SANCTIONS_DESIGNATION_H

#include "base/bytes.h"
#include "base/digest.h"
#include "base/error.h"

/* A string of the pool: designations_text. Equal strings have equal `at`. */
struct pool_text {
    uint32_t at, len;
};

/* As much of a date as is known; 0 for what is not. Gregorian. */
struct partial_date {
    int16_t year;
    uint8_t month, day;
};

enum designation_kind {
    DESIGNATION_OTHER, /* the list does not tell */
    DESIGNATION_PERSON,
    DESIGNATION_ENTITY, /* companies, organisations, groups */
    DESIGNATION_VESSEL,
    DESIGNATION_AIRCRAFT,
};

enum name_kind {
    NAME_PRIMARY,
    NAME_VARIATION, /* another spelling of the primary name */
    NAME_ALIAS,
    NAME_FORMER,
    NAME_WEAK,     /* the list itself calls it of low quality */
    NAME_ORIGINAL, /* in another script than Latin */
};

struct designation_name {
    uint32_t designation;
    struct pool_text whole;         /* given names first where the list tells them apart */
    struct pool_text family, given; /* where the list tells them apart; given: all but the family name */
    uint8_t kind;                   /* enum name_kind */
    uint8_t zero[3];
};

/* Born in this time: from = to for a single date, however partial. */
struct designation_birth {
    uint32_t designation;
    struct partial_date from, to;
    uint8_t circa; /* 1: the list says "about" */
    uint8_t zero[3];
};

enum country_role {
    COUNTRY_NATIONALITY, /* or citizenship */
    COUNTRY_BIRTH,
    COUNTRY_ADDRESS, /* or residence, or seat */
    COUNTRY_FLAG,    /* of a vessel, now or earlier */
};

struct designation_country {
    uint32_t designation;
    char code[2]; /* ISO 3166-1 alpha-2, upper case; "XK" for Kosovo */
    uint8_t role; /* enum country_role */
    uint8_t zero[1];
};

enum identifier_kind {
    IDENTIFIER_OTHER,
    IDENTIFIER_INN,  /* Russian taxpayer */
    IDENTIFIER_OGRN, /* Russian registration, of companies (13 digits) and entrepreneurs (15) */
    IDENTIFIER_KPP,  /* Russian, the reason of a tax registration: many companies share one */
    IDENTIFIER_LEI,
    IDENTIFIER_BIC,
    IDENTIFIER_IMO, /* of a vessel: seven digits, without "IMO" */
    IDENTIFIER_IMO_COMPANY,
    IDENTIFIER_MMSI,
    IDENTIFIER_TAX,
    IDENTIFIER_REGISTRATION, /* of a company, anywhere */
    IDENTIFIER_PASSPORT,
    IDENTIFIER_NATIONAL,
    IDENTIFIER_AIRCRAFT, /* tail, serial or construction number */
    IDENTIFIER_WALLET,   /* digital currency address */
};

struct designation_identifier {
    uint32_t designation;
    struct pool_text value; /* without its label */
    struct pool_text label; /* what the list calls it */
    char country[2];        /* of issue; 0 bytes: not told */
    uint8_t kind;           /* enum identifier_kind, by label and form; checksums are not looked at */
    uint8_t zero[1];
};

enum term_kind {
    TERM_LIST,      /* the part of the list, where a file holds several: "Entity List (EL) ..." */
    TERM_PROGRAMME, /* or regime: "RUSSIA-EO14024", "The Russia (Sanctions) (EU Exit) Regulations 2019" */
    TERM_MEASURE,   /* "Asset freeze", "Block" */
    TERM_POSITION,
    TERM_TITLE,
    TERM_GENDER,    /* "M" or "F" */
    TERM_REFERENCE, /* its id on another list: "QDi.335", "17018" */
    TERM_BORN_IN,   /* a place */
};

struct designation_term {
    uint32_t designation;
    struct pool_text text;
    uint8_t kind; /* enum term_kind */
    uint8_t zero[3];
};

/* What the other is to the designation. */
enum link_kind {
    LINK_OTHER, /* the list says that they have to do with each other: "Linked To" */
    LINK_PARENT,
    LINK_SUBSIDIARY,
    LINK_OWNER, /* owns or controls it; of a vessel: or operates it */
    LINK_FORMER_OWNER,
    LINK_ASSET,    /* is owned or controlled by it */
    LINK_DIRECTOR, /* directs it, or is an officer of it */
    LINK_DIRECTED,
    LINK_PRINCIPAL, /* the designation acts for it */
    LINK_AGENT,     /* acts for the designation */
    LINK_FAMILY,
    LINK_FORMER_ASSET,
};
#define LINK_KINDS 12

struct designation_link {
    uint32_t designation;
    struct pool_text name;            /* of the other; len 0 when only its id is known */
    struct pool_text id;              /* of the other on this list, where the list gives one */
    struct partial_date since, until; /* of an ownership or office, where the list tells */
    uint16_t share, share_most;       /* of an ownership, in hundredths of a percent; 0 and 0: not told */
    uint8_t kind;                     /* enum link_kind */
    uint8_t zero[3];
};

/* A stretch of one of the arrays. */
struct span {
    uint32_t first, count;
};

struct designation {
    struct pool_text id;         /* on the list: "RUS1926", "36", "EU.2026.82", "QDi.335" */
    struct partial_date listed;  /* first designation */
    struct partial_date updated; /* last change that the list tells of */
    struct span names, births, countries, identifiers, terms, links;
    uint8_t kind; /* enum designation_kind */
    uint8_t zero[3];
};

struct designations {
    char source[64];               /* the operator's name of the list: "uk" */
    const char *format;            /* what it was read as: "uk-csv"; static */
    struct sha256 version;         /* of the bytes that it was read from */
    struct partial_date generated; /* the date that the file bears */
    struct designation *designations;
    struct designation_name *names;
    struct designation_birth *births;
    struct designation_country *countries;
    struct designation_identifier *identifiers;
    struct designation_term *terms;
    struct designation_link *links;
    uint32_t count, name_count, birth_count, country_count, identifier_count, term_count, link_count;
    char *pool;
    uint32_t pool_len;
    /* Parties that the list tells of without designating them, by the same ids (ftm); NULL: it tells of none.
     */
    struct designations *others;
};

/* With the others. Takes NULL. */
void designations_free(struct designations *designations);
static inline void designations_cleanup(struct designations **designations) {
    designations_free(*designations);
}

static inline struct bytes designations_text(const struct designations *designations, struct pool_text text) {
    return (struct bytes){designations->pool + text.at, text.len};
}
/* The first primary name, or the first one; empty when it has none. */
struct bytes designation_name(const struct designations *designations, const struct designation *one);
/* The one with this id on the list; NULL when there is none. Looks at all of them. */
const struct designation *designations_find(const struct designations *designations, struct bytes id);
/* Words for people and for JSON: "person", "alias", "inn", "owner" ... */
const char *designation_kind_name(uint8_t kind);
const char *name_kind_name(uint8_t kind);
const char *country_role_name(uint8_t role);
const char *identifier_kind_name(uint8_t kind);
const char *term_kind_name(uint8_t kind);
const char *link_kind_name(uint8_t kind);
/* "1971", "1971-06", "1971-06-05", "" into out, 11 bytes. */
void partial_date_format(struct partial_date date, char out[11]);
/* The first and the last day (day.h) that it can mean; `otherwise` for a date that is not told, or of before
 * 1800. */
int32_t partial_date_first(struct partial_date date, int32_t otherwise);
int32_t partial_date_last(struct partial_date date, int32_t otherwise);

#endif
