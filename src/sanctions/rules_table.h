/* The rules that the program is built with. Not legal advice: docs/ownership.md says what to check. */
#ifndef SANCTIONS_RULES_TABLE_H
#define SANCTIONS_RULES_TABLE_H

#include "sanctions/rules.h"

static const struct rule rules_table[] = {
    {
        .name = "uk",
        .regime = "UK",
        .authority = "The Russia (Sanctions) (EU Exit) Regulations 2019, regulation 7 and Schedule 1",
        .source = "https://www.legislation.gov.uk/uksi/2019/855/regulation/7",
        .threshold = 500000,
        .votes = true,
        .board = true,
        .joint = true,
        .control = CONTROL_LIMB,
        .influence = 250000,
        .unknown_is_review = true,
        .lookback_days = 730,
        .risk_countries = "RU BY IR KP SY",
    },
    {
        .name = "eu",
        .regime = "EU",
        .authority = "EU Best Practices on restrictive measures: ownership and control",
        .source = "https://data.consilium.europa.eu/doc/document/ST-11623-2024-INIT/en/pdf",
        .threshold = 500000,
        .inclusive = true, /* "more than 50 %" in older texts: the stricter reading */
        .aggregate = true,
        .joint = true,
        .control = CONTROL_LIMB,
        .influence = 250000,
        .unknown_is_review = true,
        .lookback_days = 730,
        .risk_countries = "RU BY IR KP SY",
    },
    {
        .name = "ofac",
        .regime = "OFAC",
        .authority = "OFAC 50 Percent Rule: property of entities owned by blocked persons",
        .source = "https://ofac.treasury.gov/faqs/401",
        .threshold = 500000,
        .inclusive = true,
        .aggregate = true,
        .control = CONTROL_CAUTION,
        .influence = 250000,
        .unknown_is_review = true,
        .lookback_days = 730,
        .risk_countries = "RU BY IR KP SY CU",
    },
    {
        .name = "bis",
        .regime = "BIS",
        .authority = "BIS Affiliates Rule: Entity List, MEU List, and SDNs of 15 CFR 744.8",
        .source = "https://www.ecfr.gov/current/title-15/section-744.11",
        .threshold = 500000,
        .inclusive = true,
        .aggregate = true,
        .control = CONTROL_CAUTION,
        .influence = 250000,
        .unknown_is_review = true,
        .lookback_days = 730,
        .risk_countries = "RU BY IR KP SY CU",
        /* From 29 September 2025; suspended from 10 November 2025 up to and with 9 November 2026. */
        .periods = {{20360, 20402}, {20767, DAY_LAST}},
        .period_count = 2,
    },
};

#endif
