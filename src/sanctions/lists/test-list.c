/* Each format: a small list of invented names, and what is understood of it. Then what makes no list. The
 * files are those that fuzzing starts from. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/buffer.h"
#include "base/limits.h"
#include "sanctions/lists/list.h"

#define FOLDER "tests/seeds/sanctions-lists-fuzz-list/"

static struct designations *read_list(const char *const *names, size_t count) {
    char paths[LIMIT_LIST_FILES][128];
    const char *list[LIMIT_LIST_FILES];
    struct designations *made = NULL;
    struct error err = {0};
    for (size_t i = 0; i < count; i++) {
        snprintf(paths[i], sizeof paths[i], FOLDER "%s", names[i]);
        list[i] = paths[i];
    }
    if (!list_read("test", list, NULL, count, &made, NULL, &err))
        fail_msg("%s", err.text);
    return made;
}

static struct designations *read_one(const char *name) {
    return read_list(&name, 1);
}

#define TEXT(member) BYTES_FORMAT(designations_text(all, (member)))

static void put_names(struct buffer *out, const struct designations *all, struct span span) {
    for (uint32_t i = span.first; i < span.first + span.count; i++) {
        const struct designation_name *name = &all->names[i];
        buffer_printf(out, "%s %.*s", name_kind_name(name->kind), TEXT(name->whole));
        if (name->family.len > 0)
            buffer_printf(out, " (%.*s, %.*s)", TEXT(name->family), TEXT(name->given));
        buffer_text(out, "\n");
    }
}

static void put_births(struct buffer *out, const struct designations *all, struct span span) {
    for (uint32_t i = span.first; i < span.first + span.count; i++) {
        char from[11], to[11];
        partial_date_format(all->births[i].from, from);
        partial_date_format(all->births[i].to, to);
        buffer_printf(out, "born %s%s..%s\n", all->births[i].circa ? "circa " : "", from, to);
    }
}

static void put_identifiers(struct buffer *out, const struct designations *all, struct span span) {
    for (uint32_t i = span.first; i < span.first + span.count; i++)
        buffer_printf(out, "%s %.*s %.2s\n", identifier_kind_name(all->identifiers[i].kind),
                      TEXT(all->identifiers[i].value), all->identifiers[i].country);
}

static void put_links(struct buffer *out, const struct designations *all, struct span span) {
    for (uint32_t i = span.first; i < span.first + span.count; i++)
        buffer_printf(out, "%s %.*s [%.*s] %u\n", link_kind_name(all->links[i].kind),
                      TEXT(all->links[i].name), TEXT(all->links[i].id), all->links[i].share);
}

/* All that is told of one, a line each. */
static void check(const struct designations *all, const char *id, const char *wanted) {
    const struct designation *one = designations_find(all, bytes_of(id));
    struct buffer out = buffer_new(1 << 16);
    char listed[11];
    assert_non_null(one);
    partial_date_format(one->listed, listed);
    buffer_printf(&out, "%s %s\n", designation_kind_name(one->kind), listed);
    put_names(&out, all, one->names);
    put_births(&out, all, one->births);
    for (uint32_t i = one->countries.first; i < one->countries.first + one->countries.count; i++)
        buffer_printf(&out, "%s %.2s\n", country_role_name(all->countries[i].role), all->countries[i].code);
    put_identifiers(&out, all, one->identifiers);
    for (uint32_t i = one->terms.first; i < one->terms.first + one->terms.count; i++)
        buffer_printf(&out, "%s %.*s\n", term_kind_name(all->terms[i].kind), TEXT(all->terms[i].text));
    put_links(&out, all, one->links);
    assert_string_equal(out.data, wanted);
    buffer_release(&out);
}

static void check_list(const struct designations *all, const char *format, const char *generated,
                       uint32_t count) {
    char date[11];
    partial_date_format(all->generated, date);
    assert_string_equal(all->format, format);
    assert_string_equal(all->source, "test");
    assert_string_equal(date, generated);
    assert_int_equal(all->count, count);
}

static void uk_csv_is_understood(void **state) {
    (void)state;
    struct designations *all = read_one("uk.csv");
    check_list(all, "uk-csv", "2026-10-08", 3);
    check(
        all, "INV0001",
        "person 2022-03-01\nprimary Quorvane Ozzick TRELLIMORE (TRELLIMORE, Quorvane Ozzick)\n"
        "original Кворвейн Треллимор\nvariation Kvorvein TRELLIMORE (TRELLIMORE, Kvorvein)\n"
        "weak The Ringholder\nborn 1965..1965\nborn 1966-08-07..1966-08-07\nnationality RU\nnationality CY\n"
        "birth RU\npassport ZZ0011223 \ninn 772000000000 \nborn-in Vellumbrook\nposition Keeper of keys\n"
        "position Holder of rings\ngender M\nprogramme The Invented (Sanctions) Regulations 2020\n"
        "measure Asset freeze\nmeasure Travel Ban\nreference QQi.001\n");
    check(all, "INV0002",
          "entity 2022-03-01\nprimary OSTRELLINE, BRACKWATER \"B\" LLC\naddress KP\nogrn 1020000000000 \n"
          "inn 7700000000 \nprogramme The Invented (Sanctions) Regulations 2020\nmeasure Asset freeze\n"
          "parent Glimmerwock Holdings [] 0\nparent Trillaby Trust [] 0\nsubsidiary Ostrelline Sub [] 0\n");
    check(all, "INV0003",
          "vessel 2022-03-01\nprimary VEXMARROW\nflag GA\nflag PA\nimo 9000001 \n"
          "programme The Invented (Sanctions) Regulations 2020\nmeasure Asset freeze\nmeasure Travel Ban\n"
          "owner Ostrelline Shipping [] 0\n");
    designations_free(all);
}

static void uk_xml_is_understood(void **state) {
    (void)state;
    struct designations *all = read_one("uk.xml");
    check_list(all, "uk-xml", "2026-09-10", 2);
    check(all, "INV0001",
          "person 2012-06-29\nprimary Quorvane Ozzick TRELLIMORE (TRELLIMORE, Quorvane Ozzick)\n"
          "weak The Ringholder\noriginal Кворвейн\nborn 1958-05-12..1958-05-12\nborn 1945..1945\n"
          "born 1946..1946\naddress AF\nnationality AF\nbirth IR\npassport P00000001 \nnational 2132 \n"
          "title Duke\ntitle Earl\ngender F\nborn-in Vellumbrook\n"
          "programme The Invented (Sanctions) Regulations 2020\nmeasure Asset freeze\nmeasure Travel Ban\n");
    check(all, "INV0003",
          "vessel 2017-10-03\nprimary Vexmarrow & Sons\nflag IN\nimo 9000001 \n"
          "owner Ostrelline Shipping [] 0\n");
    designations_free(all);
}

static void ofsi_lists_are_understood(void **state) {
    (void)state;
    struct designations *all = read_one("ofsi.csv");
    check_list(all, "ofsi-csv", "2025-04-10", 2);
    check(all, "90001",
          "person 2022-03-01\nprimary Quorvane TRELLIMORE (TRELLIMORE, Quorvane)\n"
          "weak Kvorvein TRELLIMORE (TRELLIMORE, Kvorvein)\nborn 1965..1965\nnationality RU\ngender M\n"
          "programme Invented\nmeasure Asset freeze\nreference INV0001\n");
    check(all, "90002",
          "entity 2022-03-01\nprimary OSTRELLINE BRACKWATER\naddress IR\nogrn 1020000000000 \n"
          "programme Invented\nmeasure Asset freeze\nreference INV0002\nparent Glimmerwock Holdings [] 0\n");
    designations_free(all);
    all = read_one("ofsi.xml");
    check_list(all, "ofsi-xml", "", 2);
    check(all, "90001",
          "person \nprimary Quorvane TRELLIMORE (TRELLIMORE, Quorvane)\nborn 1965..1965\n"
          "programme Invented\nmeasure Asset freeze\nreference INV0001\n");
    check(all, "90003", "vessel \nprimary VEXMARROW\nflag GA\nimo 9000001 \nmeasure Asset freeze\n");
    designations_free(all);
}

static const char trellimore[] =
    "person \nprimary Quorvane TRELLIMORE (TRELLIMORE, Quorvane)\nweak The RINGHOLDER (RINGHOLDER, The)\n"
    "alias Kvorvein TRELIMOR (TRELIMOR, Kvorvein)\nborn circa 1965..1965\nborn 1966-08-07..1966-08-07\n"
    "birth RU\nnationality RU\nnationality CY\npassport ZZ0011223 CY\nprogramme INV1\nprogramme INV2\n"
    "position Keeper of keys\nborn-in Vellumbrook, Russia\ngender M\nother OSTRELLINE BRACKWATER LLC [] 0\n";

static void the_csv_set_of_ofac_is_understood_in_any_order(void **state) {
    (void)state;
    const char *orders[][4] = {{"sdn.csv", "alt.csv", "add.csv", "comments.csv"},
                               {"comments.csv", "add.csv", "alt.csv", "sdn.csv"}};
    for (size_t i = 0; i < ARRAY_LEN(orders); i++) {
        struct designations *all = read_list(orders[i], 4);
        check_list(all, "ofac-csv", "", 3);
        check(all, "90001", trellimore);
        check(all, "90002",
              "entity \nprimary OSTRELLINE BRACKWATER LLC\nformer OSTRELLINE, INC.\naddress KP\n"
              "inn 7700000000 RU\nprogramme INV1\n");
        check(all, "90003",
              "vessel \nprimary VEXMARROW\nflag IR\nimo 9000001 \nmmsi 572000000 \nprogramme INV1\n"
              "owner Ostrelline Shipping [] 0\n");
        designations_free(all);
    }
}

static void the_xml_of_ofac_is_understood(void **state) {
    (void)state;
    struct designations *all = read_one("sdn.xml");
    check_list(all, "ofac-xml", "2026-04-22", 2);
    check(all, "90001",
          "person \nprimary Quorvane TRELLIMORE (TRELLIMORE, Quorvane)\nweak RINGHOLDER\n"
          "former Kvorvein TRELIMOR (TRELIMOR, Kvorvein)\nborn 1976-01-01..1978-12-31\nnationality RU\n"
          "address IR\nbirth PK\npassport ZZ0011223 CY\nborn-in Vellumbrook, Pakistan\n"
          "position Keeper of keys\nprogramme INV1\nprogramme INV2\ngender M\n"
          "other OSTRELLINE BRACKWATER LLC [] 0\n");
    check(all, "90003", "vessel \nprimary VEXMARROW\nflag IR\nowner Ostrelline Shipping [] 0\n");
    designations_free(all);
}

static void the_advanced_xml_of_ofac_is_joined(void **state) {
    (void)state;
    struct designations *all = read_one("advanced.xml");
    check_list(all, "ofac-advanced", "2026-11-20", 2);
    check(all, "90001",
          "person 2022-02-24\nprimary Quorvane TRELLIMORE (TRELLIMORE, Quorvane)\noriginal Треллимор\n"
          "weak RINGHOLDER\nborn circa 1951..1953\nnationality RU\nbirth IR\npassport ZZ0011223 IR\n"
          "passport ZZ0011224 \nborn-in Vellumbrook, Iran\ngender M\nmeasure Block\nprogramme INV1\n"
          "asset OSTRELLINE BRACKWATER LLC [90002] 0\n");
    check(all, "90002",
          "entity \nprimary OSTRELLINE BRACKWATER LLC\naddress IR\ninn 7700000000 RU\n"
          "owner Quorvane TRELLIMORE [90001] 0\n");
    designations_free(all);
}

static void eu_xml_is_understood(void **state) {
    (void)state;
    struct designations *all = read_one("eu.xml");
    check_list(all, "eu-xml", "2026-10-15", 2);
    check(all, "EU.90001.82",
          "person 2008-07-03\nprimary Quorvane Ozzick TRELLIMORE (TRELLIMORE, Quorvane Ozzick)\n"
          "weak The Ringholder\noriginal Кворвейн\nborn circa 1958..1958\nbirth DZ\nnationality DZ\n"
          "address FR\npassport ZZ0011223 DZ\nreference QQi.001\nprogramme INV\nposition Keeper of keys\n"
          "gender M\nborn-in Vellumbrook\n");
    check(all, "EU.90002.1", "entity \nprimary Ostrelline Brackwater LLC\n");
    designations_free(all);
}

static void un_xml_is_understood(void **state) {
    (void)state;
    struct designations *all = read_one("un.xml");
    check_list(all, "un-xml", "2026-10-27", 2);
    check(all, "QQi.001",
          "person 2012-12-31\nprimary QUORVANE TRELLIMORE\noriginal كوورفان\nalias Kvorvein\n"
          "weak The Ringholder\nborn 1965..1968\nborn circa 1971..1971\nbirth IQ\nnationality CD\n"
          "address RW\npassport ZZ0011223 IQ\nborn-in Vellumbrook\nprogramme INV\ngender M\n"
          "position Keeper of keys\n");
    check(all, "QQe.002",
          "entity \nprimary OSTRELLINE BRACKWATER\nformer Ostrelline\naddress IQ\nprogramme INV\n");
    designations_free(all);
}

static void the_consolidated_screening_list_is_understood(void **state) {
    (void)state;
    struct designations *all = read_one("csl.csv");
    check_list(all, "csl-csv", "", 2);
    check(all, "90001",
          "person 2023-07-19\nprimary Quorvane TRELLIMORE (TRELLIMORE, Quorvane)\n"
          "alias Kvorvein TRELIMOR (TRELIMOR, Kvorvein)\nalias RINGHOLDER\nborn 1978-12-05..1978-12-05\n"
          "nationality KP\naddress CN\naddress KP\npassport ZZ0011223 KP\n"
          "list Specially Designated Nationals (SDN)\nprogramme INV1\nprogramme INV2\ngender M\n");
    check(all, "ab12",
          "other \nprimary Ostrelline Brackwater LLC\naddress RU\ninn 7700000000 RU\n"
          "registration 1020000000000 \nlist Entity List (EL)\n");
    designations_free(all);
}

static void followthemoney_entities_are_joined(void **state) {
    (void)state;
    struct designations *all = read_one("ftm.json");
    check_list(all, "ftm", "", 2);
    check(all, "c1",
          "entity 2022-03-01\nprimary Ostrelline Brackwater LLC\noriginal ООО Острелин\naddress RU\n"
          "inn 7700000000 \nogrn 1020000000000 \nlist sanction\nprogramme INV-1\n"
          "owner Quorvane Trellimore [p1] 5177\nowner Glimmerwock Holdings [x1] 2500\n");
    check(all, "p1",
          "person \nprimary Quorvane Trellimore\nalias Kvorvein\nweak Ringholder\nborn 1965-05..1965-05\n"
          "nationality RU\nposition Keeper of keys\ngender M\nasset Ostrelline Brackwater LLC [c1] 5177\n");
    designations_free(all);
}

/* --- what is no list --- */

static void check_refused(const char *text, const char *reason) {
    struct list_reader *reader = list_reader_new();
    struct designations *made;
    struct error err = {0};
    bool read = list_reader_begin(reader, "name.csv", &err) &&
                list_reader_feed(reader, bytes_of(text), &err) && list_reader_end(reader, &err) &&
                list_reader_finish(reader, "test", &made, &err);
    list_reader_free(reader);
    assert_false(read);
    if (!strstr(err.text, reason))
        fail_msg("'%s' and not '%s'", err.text, reason);
}

static void pages_and_other_files_are_no_lists(void **state) {
    (void)state;
    check_refused("", "it is empty");
    check_refused(" \r\n", "nothing but blanks");
    check_refused("<!DOCTYPE html><html></html>", "document type");
    check_refused("<html><body>Public access is not permitted</body></html>", "a page, not a list");
    check_refused("<Error><Code>PublicAccessNotPermitted</Code></Error>", "begins no list");
    check_refused("{\"error\": \"no\"}", "name.csv, line 1: an entity without id");
    check_refused("{\"id\": ", "no JSON object");
    check_refused("a,b,c\n1,2,3\n", "no list that is known");
    check_refused("Report Date: 08-Oct-2026\n", "there is no list in it");
}

static void errors_name_the_line_and_the_column(void **state) {
    (void)state;
    check_refused("90001,1,\"aka\",\"A\",-0- \r\nx,1,\"aka\",\"A\",-0- \r\n", "name.csv, line 2: the row");
    check_refused("90001,1,\"aka\",\"A\",-0- \r\n90001,1,2\r\n", "a row of 3 fields");
    check_refused("source,entity_number,type,programs,title,addresses,start_date,alt_names\n",
                  "\"name\" is missing");
    check_refused("<Designations>\n<Designation>\n</Designation>", "line 3");
    check_refused("<Designations><Designation><Names><Name><Name6>X</Name6></Name></Names></Designation>"
                  "</Designations>",
                  "a designation has no id");
    check_refused("<Sanctions><ProfileRelationship From-ProfileID='7' To-ProfileID='8'/></Sanctions>",
                  "there is no party 7");
}

static void files_of_two_formats_are_not_one_list(void **state) {
    (void)state;
    const char *paths[] = {FOLDER "sdn.csv", FOLDER "un.xml"};
    struct designations *made;
    struct error err = {0};
    assert_false(list_read("test", paths, NULL, 2, &made, NULL, &err));
    assert_non_null(strstr(err.text, "this is un-xml, and the file before it was ofac-csv"));
    const char *missing = FOLDER "nothing";
    assert_false(list_read("test", &missing, NULL, 1, &made, NULL, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
}

static void the_version_is_the_hash_of_the_files(void **state) {
    (void)state;
    const char *paths[] = {FOLDER "sdn.csv", FOLDER "alt.csv"};
    struct designations *one, *two;
    struct sha256 digests[2];
    char lines[2 * 65 + 1];
    assert_true(list_read("test", paths, NULL, 1, &one, digests, NULL));
    assert_true(sha256_equal(one->version, digests[0]));
    assert_true(list_read("test", paths, NULL, 2, &two, digests, NULL));
    sha256_hex(digests[0], lines);
    lines[64] = '\n';
    sha256_hex(digests[1], lines + 65);
    lines[129] = '\n';
    assert_true(sha256_equal(two->version, sha256_of((struct bytes){lines, 130})));
    designations_free(one);
    designations_free(two);
}

static void what_is_said_twice_is_kept_once_and_strings_are_shared(void **state) {
    (void)state;
    struct designations *all = read_one("uk.csv");
    const struct designation *one = designations_find(all, BYTES_LITERAL("INV0001"));
    assert_int_equal(one->names.count, 4);
    const struct designation_name *names = &all->names[one->names.first];
    assert_int_equal(names[0].family.at, names[2].family.at);
    assert_true(bytes_equal_string(designation_name(all, one), "Quorvane Ozzick TRELLIMORE"));
    assert_null(designations_find(all, BYTES_LITERAL("INV9999")));
    designations_free(all);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(uk_csv_is_understood),
        cmocka_unit_test(uk_xml_is_understood),
        cmocka_unit_test(ofsi_lists_are_understood),
        cmocka_unit_test(the_csv_set_of_ofac_is_understood_in_any_order),
        cmocka_unit_test(the_xml_of_ofac_is_understood),
        cmocka_unit_test(the_advanced_xml_of_ofac_is_joined),
        cmocka_unit_test(eu_xml_is_understood),
        cmocka_unit_test(un_xml_is_understood),
        cmocka_unit_test(the_consolidated_screening_list_is_understood),
        cmocka_unit_test(followthemoney_entities_are_joined),
        cmocka_unit_test(pages_and_other_files_are_no_lists),
        cmocka_unit_test(errors_name_the_line_and_the_column),
        cmocka_unit_test(files_of_two_formats_are_not_one_list),
        cmocka_unit_test(the_version_is_the_hash_of_the_files),
        cmocka_unit_test(what_is_said_twice_is_kept_once_and_strings_are_shared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
