/* What kind of organisation a legal form makes. */
#ifndef SANCTIONS_TABLES_FORM_CLASS_H
#define SANCTIONS_TABLES_FORM_CLASS_H

enum form_class {
    FORM_ANY,         /* "company": tells nothing */
    FORM_LIMITED,     /* private, limited liability */
    FORM_STOCK,       /* joint stock */
    FORM_PARTNERSHIP, /* general, limited */
    FORM_STATE,       /* enterprise or institution of a state */
    FORM_NONPROFIT,   /* association, foundation, cooperative */
    FORM_SOLE,        /* a person trading */
};

#endif
