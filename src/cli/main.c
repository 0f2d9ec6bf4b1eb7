#include <locale.h>
#include <stdarg.h>
#include "cli/command.h"

/* Their options are the members of the operation that they call. */
#define ADMINISTRATION                                                                        \
    "  VERB --help tells the options of each. Works with a running server and without one.\n" \
    "  --data DIR      the data folder (./var)\n"                                             \
    "  --endpoint URL  a server elsewhere; DIR/credentials of --data signs the requests\n"

static const struct command {
    const char *name, *summary;
    int (*run)(int argc, char **argv);
    const char *usage, *help;
} commands[] = {
    {"serve", "start the server", command_serve,
     "[--data DIR] [--listen ADDRESS:PORT] [--workers N] [--models DIR]... [--thorough] [--budget MS] "
     "[--celebrities C] [--log-level L]",
     "  --data DIR      store, keys and credentials (./var)\n"
     "  --listen A:P    where to listen (127.0.0.1:8080); put TLS in front of any other address\n"
     "  --workers N     requests worked on at once (one a core)\n"
     "  --models DIR    another model pack: its folder, or the name of an installed one (precise). Up to "
     "four: the\n"
     "                  first is that of new collections, each collection is served by its own\n"
     "  --thorough      as of detect, for all photographs\n"
     "  --budget MS     as of detect\n"
     "  --celebrities C the collection whose users RecognizeCelebrities knows\n"
     "  --log-level L   debug, info, warn or error (info)\n"
     "  --quiet         as --log-level warn\n"},
    {"detect", "find the faces of photographs", command_detect,
     "PHOTO... [--attributes] [--thorough] [--budget MS] [--json] [--draw OUT.png] [--max N]",
     "  --attributes    also age, expression, gaze and the like, and thirty landmarks\n"
     "  --thorough      with a second detector: finds more small and odd faces, takes about three times as "
     "long\n"
     "  --budget MS     looks at no further part of a photograph closely after so long (0, no limit)\n"
     "  --json          as JSON, one object a photograph\n"
     "  --draw OUT.png  the photograph with boxes and landmarks\n"
     "  --max N         the N largest faces (all)\n"},
    {"compare", "tell how alike two faces are", command_compare, "A B [--json] [--threshold N]",
     "  The largest face of A against every face of B.\n"
     "  --threshold N   similarity that counts as a match (80)\n"
     "  --json          as JSON\n"},
    {"embed", "print the embeddings of a photograph's faces", command_embed, "PHOTO [--json]",
     "  Embeddings are biometric data: keep them as you keep the photograph.\n"},
    {"index", "enrol a folder of photographs", command_index,
     "DIR --collection C [--data DIR] [--endpoint URL] [--max-faces N] [--threads N] [--json]",
     "  Goes through DIR and all folders in it. What is in the collection already is passed by, so that the "
     "same\n"
     "  command goes on where it was stopped. Works with a running server and without one.\n"
     "  --collection C  made when it is not there\n"
     "  --data DIR      the data folder (./var)\n"
     "  --endpoint URL  a server elsewhere; DIR/credentials of --data signs the requests\n"
     "  --max-faces N   faces to enrol of each photograph (100)\n"
     "  --threads N     photographs worked on at once (one a core, two with a server)\n"
     "  --json          the summary as JSON\n"},
    {"search", "find a person in a collection", command_search,
     "PHOTO --collection C [--data DIR] [--endpoint URL] [--threshold N] [--max N] [--json]",
     "  The largest face of PHOTO against the collection. Works with a running server and without one.\n"
     "  --threshold N   least similarity (80)\n"
     "  --max N         most matches (10)\n"
     "  --data DIR      the data folder (./var)\n"
     "  --endpoint URL  a server elsewhere; DIR/credentials of --data signs the requests\n"
     "  --json          the reply of SearchFacesByImage\n"},
    {"export", "write a collection into a file", command_export,
     "FILE --collection C [--data DIR] [--endpoint URL]",
     "  Faces with their vectors, users and tags. That is biometric data in clear: keep it as you keep the\n"
     "  photographs. FILE is written whole or not at all. Works with a running server and without one.\n"
     "  --data DIR      the data folder (./var)\n"
     "  --endpoint URL  a server elsewhere; DIR/credentials of --data signs the requests\n"},
    {"import", "read a file that export wrote", command_import,
     "FILE [--collection C] [--data DIR] [--endpoint URL]",
     "  What is in the collection already is passed by, so that the same command goes on where it was "
     "stopped.\n"
     "  --collection C  made when it is not there (the name that the file has)\n"
     "  --data DIR      the data folder (./var)\n"
     "  --endpoint URL  a server elsewhere; DIR/credentials of --data signs the requests\n"},
    {"advise", "tell which threshold a collection needs", command_advise,
     "--collection C | --size N [--rate R] [--data DIR] [--endpoint URL] [--json]",
     "  The larger a collection, the more often somebody in it looks like a stranger.\n"
     "  --size N        a number of faces, in place of a collection\n"
     "  --rate R        the share of strangers that may match somebody (0.01)\n"
     "  --data DIR      the data folder (./var)\n"
     "  --endpoint URL  a server elsewhere; DIR/credentials of --data signs the requests\n"
     "  --json          the reply of AdviseThreshold\n"},
    {"backup", "copy the data folder, while it is in use", command_backup, "DEST [--data DIR] [--with-key]",
     "  DEST is a new folder; it is there whole or not at all. Works with a running server and without one.\n"
     "  --data DIR      the data folder (./var)\n"
     "  --with-key      also master.key, record.key, credentials and s3.ini: whoever has them can read and "
     "sign\n"
     "                  everything. Without it, keep copies of those four apart.\n"},
    {"check", "tell whether database, snapshots, indexes and record agree", command_check, "[--data DIR]",
     "  Prints a line for each thing that does not agree; exit code 1 then. Changes nothing. Works with a "
     "running\n"
     "  server and without one.\n"
     "  --data DIR      the data folder (./var)\n"},
    {"index-stats", "tell how large, exact and ready an index is", command_index_stats,
     "--collection C [--data DIR] [--json]",
     "  Makes the index as a server does when it is first searched.\n"
     "  --data DIR      the data folder (./var)\n"
     "  --json          as JSON\n"},
    {"rotate-key", "encrypt everything under new keys", command_rotate_key, "[--data DIR]",
     "  A new master.key and new keys of all collections. One that was cut off goes on when it is called "
     "again.\n"
     "  Stop the server first.\n"
     "  --data DIR      the data folder (./var)\n"},
    {"prove", "write an offline proof that an entry is in the record", command_prove,
     "INDEX [--data DIR] [--log DIR] > FILE.tlog-proof",
     "  The proof holds the entry, its way to the root, and the signed checkpoint (C2SP tlog-proof).\n"
     "  --data DIR      the data folder (./var)\n"
     "  --log DIR       a copy of the record alone, with its vkey\n"},
    {"concern", "say something to people outside, through a server that cannot read it", command_concern,
     "lodge|seal|open|receipt|keygen FILE [--out FILE] [--key FILE] [--vkey K] [--sealed FILE] [--recipients "
     "FILE] ...",
     "  keygen FILE     makes a key of a recipient: the secret one into FILE, the public one is printed\n"
     "  lodge FILE      seals FILE ('-': standard input) here and lodges it; the receipt goes to --out, the "
     "sealed\n"
     "                  form beside it into OUT.sealed\n"
     "  seal FILE       only seals it, into --out: POST it to /concerns with a one-time code\n"
     "  open FILE       opens a sealed FILE with the secret key in the file --key\n"
     "  receipt FILE    tells whether the receipt holds, with the log's verifier key --vkey alone; --sealed: "
     "and "
     "is\n"
     "                  of that concern\n"
     "  --recipients F  lines of NAME and public key, two or more (DIR/concern-recipients)\n"
     "  --data DIR      the data folder (./var)\n"
     "  --endpoint URL  a server elsewhere; DIR/credentials of --data signs the request\n"},
    {"supply-report", "tell from the record who was ever served", command_supply_report,
     "[--data DIR] [--name NAME] [--as-of DATE] [--json] [--out FILE]",
     "  Every account that the record knows, with its verdicts, list versions, decisions and uses; as HTML.\n"
     "  --name NAME     also: was anyone matching NAME, or held by NAME, ever served?\n"
     "  --as-of DATE    only what was recorded up to the end of that day (2027-01-31)\n"
     "  --json          as JSON\n"
     "  --out FILE      into a file, not to standard output\n"
     "  --data DIR      where record and record.key are (./var); nothing else of it is read\n"},
    {"verify", "check a proof, a whole record, or that it only grew", command_verify,
     "bundle FILE | log DIR | consistency OLDER NEWER --log DIR  --vkey KEY [--policy FILE]",
     "  bundle FILE     a proof of an entry: the entry is in the log that the key is of\n"
     "  log DIR         every entry, every tile and the checkpoint of a record, such as DIR/record\n"
     "  consistency     the log of checkpoint OLDER is the beginning of that of NEWER; --log has its tiles\n"
     "  --vkey KEY      the log's verifier key, or a file that holds it; have it from somebody you trust\n"
     "  --policy FILE   for a proof: logs, witnesses and the quorum that must have cosigned\n"},
    {"ownership", "tell who stands behind a party, by each sanctions rule, on a day", command_ownership,
     "FILE [--as-of DATE] [--party ID] [--regime R] [--rules FILE] [--json] [--check]",
     "  FILE holds ownership facts, designations and decisions as JSON.\n"
     "  --as-of DATE    the day asked about (today)\n"
     "  --party ID      this party alone (all of the file)\n"
     "  --regime R      by this authority's rules alone: UK, EU, OFAC, BIS (all)\n"
     "  --rules FILE    changes and additions to the rules, as INI\n"
     "  --json          as JSON, an object a party and rule\n"
     "  --check         instead: are the verdicts those that FILE expects?\n"},
    {"lists", "keep sanctions lists", command_lists,
     "add FILE|URL... | update [NAME...] | show [NAME...] | diff A B [--source NAME] [--data DIR] [--json]",
     "  Each version is kept; one that is not healthy is refused, and the one before stays in use.\n"
     "  add             a list from a file or an address, or from several that make one (OFAC's CSV set)\n"
     "  update          all lists with an address, or those named\n"
     "  show            versions, and whether the list can give verdicts; exit code 1 when one cannot\n"
     "  diff A B        who was added, removed or changed between two versions, or files\n"
     "  --source NAME   what the list is to be called (after its format: uk, ofac, eu, un, csl, ftm)\n"
     "  --minimum N     designations that it must hold (by format)\n"
     "  --shrink N      percent of it that may be gone (10)\n"
     "  --days N        how old it may be (by format)\n"
     "  --data DIR      the data folder (./var)\n"
     "  --json          the result as JSON\n"},
    {"screen", "look for somebody on sanctions lists", command_screen,
     "NAME [--born DATE] [--country CC] [--gender M|F] [--id N] [--schema S] [--lists FILE|DIR] [--data DIR] "
     "[--json]",
     "  Exit code 0 with or without candidates; 1 when there is no verdict, which never means that nobody is "
     "listed.\n"
     "  --born DATE     of birth: 1971-06-05, 1971-06 or 1971\n"
     "  --country CC    of nationality, birth, residence or seat: two letters\n"
     "  --gender M|F    of a person\n"
     "  --id N          a number of registration, tax, passport or ship; may be repeated\n"
     "  --schema S      Person, Company, Organization, Vessel, Airplane; LegalEntity: any of them (any)\n"
     "  --lists PATH    a list, or a folder with the files of one; may be repeated (those of countenance "
     "lists)\n"
     "  --data DIR      the data folder (./var)\n"
     "  --json          candidates with list, id, score and explanation\n"},
    {"match-names", "score pairs of names", command_match_names, "IN.csv",
     "  IN.csv has the columns name1, name2 and schema (Person or Company), and may have more. Written out "
     "again\n"
     "  with score (0 to 1) and verdict: clear, review, block, or unreadable when a name cannot be "
     "compared.\n"},
    {"account", "administer the accounts that may use the server", command_account,
     "create | update | show | list [options] [--data DIR] [--endpoint URL]", ADMINISTRATION},
    {"key", "administer the access keys of an account", command_key,
     "create | update | rotate | delete | list [options] [--data DIR] [--endpoint URL]",
     "  A secret is shown once, when it is made.\n" ADMINISTRATION},
    {"policy", "administer who may do what", command_policy,
     "put | delete | list [options] [--data DIR] [--endpoint URL]", ADMINISTRATION},
    {"session", "make temporary credentials", command_session,
     "create [options] [--data DIR] [--endpoint URL]", ADMINISTRATION},
    {"governance", "say what a collection is for and how long its faces stay", command_governance,
     "set | show | reembed --collection-id C [options] [--data DIR] [--endpoint URL]",
     "  reembed         moves the collection to another loaded model pack, by the crops that it "
     "keeps\n" ADMINISTRATION},
    {"release", "decide about results that wait for a second person", command_release,
     "list | show | decide [options] [--data DIR] [--endpoint URL]", ADMINISTRATION},
    {"screening", "decide which accounts are served", command_screening,
     "check | show | reviews | decide | exception | licence | withdraw [options] [--data DIR] [--endpoint "
     "URL]",
     "  check           screens an account now; takes what it says of itself\n"
     "  show            its verdict, findings and decisions\n"
     "  reviews         who waits for a person, the most urgent first\n"
     "  decide          CLEARED or REFUSED, for the whole account\n"
     "  exception       the listed one of a finding is somebody else\n"
     "  licence         an authority permits it\n"
     "  withdraw        takes a decision back\n" ADMINISTRATION},
    {"subject", "tell what is held about a person, or erase it", command_subject,
     "report PHOTO | erase PHOTO | erase FACE... --collection C  [--receipt FILE] [--data DIR] [--endpoint "
     "URL]",
     "  report          faces, and every entry of the record about them\n"
     "  erase           faces with their salts, so that the record leads to nobody any more\n"
     "  --similarity N  least similarity to the face of PHOTO (90; 99 to erase)\n"
     "  --receipt FILE  where to write the proof of the erasure; countenance verify bundle checks it\n"
     "  --data DIR      the data folder (./var)\n"
     "  --endpoint URL  a server elsewhere; DIR/credentials of --data signs the requests\n"
     "  --json          the replies as JSON\n"},
    {"calibrate", "make the similarity scale from photographs", command_calibrate,
     "DIR [--models DIR] [--table OUT.h] [--section OUT.ini] [--curve OUT.svg]",
     "  DIR holds a folder a person. Prints the cosine for each false match rate.\n"
     "  --table OUT.h   the table that the server is built with, for the default pack\n"
     "  --section OUT.ini  the section for the manifest of another pack\n"
     "  --curve OUT.svg the curve, for the documentation\n"},
    {"accuracy", "measure recognition on labelled photographs", command_accuracy,
     "DIR [--pairs FILE] [--persons GALLERY] [--json]",
     "  DIR holds a folder a person, as LFW does. True accept rate over all pairs at false match rates.\n"
     "  --pairs FILE       also, with pairs in the form of LFW's pairs.txt, 10-fold accuracy\n"
     "  --persons GALLERY  also look for each photograph of DIR among the persons of such a folder (DIR "
     "itself or\n"
     "                     a copy) with three photographs or more, the one of its own name left out\n"},
    {"fairness", "report the errors of recognition by group", command_fairness,
     "DIR [--labels CSV] [--out REPORT.html] [--similarity N] [--json]",
     "  DIR holds a folder a person. Groups are gender and age as the model pack estimates them.\n"
     "  --labels CSV       groups of your own instead: a line of names, then PERSON or PERSON/PHOTO and a "
     "label "
     "a column\n"
     "  --out REPORT.html  a page with plots, without photographs\n"
     "  --similarity N     from which a pair matches (90, calibrated for a false match rate of 1e-4)\n"
     "  --json             the figures as JSON\n"},
    {"bench", "time the engine on a photograph", command_bench, "PHOTO [--rounds N] [--json]",
     "  Median milliseconds of each step on one thread; `make bench` compares with others.\n"},
};

static const struct command *find(const char *name) {
    for (size_t i = 0; i < ARRAY_LEN(commands); i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

static void complain(const char *format, va_list arguments, const char *hint) {
    fputs("countenance: ", stderr);
    vfprintf(stderr, format, arguments);
    fprintf(stderr, "%s\n", hint);
}

int fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    complain(format, arguments, "");
    va_end(arguments);
    return EXIT_FAILED;
}

int fail_usage(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    complain(format, arguments, "; see countenance help");
    va_end(arguments);
    return EXIT_USAGE;
}

int help_of(const char *name) {
    const struct command *command = find(name);
    printf("countenance %s %s\n%s.\n\n%s", command->name, command->usage, command->summary, command->help);
    return EXIT_FINE;
}

static int help(void) {
    printf("countenance %s: face recognition that answers for itself\n\n", COUNTENANCE_VERSION);
    for (size_t i = 0; i < ARRAY_LEN(commands); i++)
        printf("  countenance %-11s %s\n", commands[i].name, commands[i].summary);
    printf("\ncountenance COMMAND --help tells more of each.\n");
    return EXIT_FINE;
}

int main(int argc, char **argv) {
    setlocale(LC_CTYPE, "");
    if (argc < 2)
        return help(), EXIT_USAGE;
    if (strcmp(argv[1], "--version") == 0)
        return printf("countenance %s\n", COUNTENANCE_VERSION) < 0;
    if (strcmp(argv[1], "help") == 0 && argc > 2)
        return find(argv[2]) ? help_of(argv[2]) : fail_usage("there is no command '%s'", argv[2]);
    if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0)
        return help();
    const struct command *command = find(argv[1]);
    if (!command)
        return fail_usage("there is no command '%s'", argv[1]);
    static char program[] = "countenance";
    argv[1] = program;
    return command->run(argc - 1, argv + 1);
}
