/* Roots and proofs against RFC 6962's own hashes and those of another implementation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "record/merkle.h"

#define ENTRIES ((size_t)70000)

/* Full subtrees by level, of the entries "entry 0", "entry 1" and so on. */
static struct sha256 *levels[18];

static int make_tree(void **state) {
    (void)state;
    for (size_t level = 0; level < ARRAY_LEN(levels); level++)
        levels[level] = calloc((ENTRIES >> level) + 1, sizeof **levels);
    for (size_t i = 0; i < ENTRIES; i++) {
        char text[32];
        int len = snprintf(text, sizeof text, "entry %zu", i);
        levels[0][i] = merkle_leaf((struct bytes){text, (size_t)len});
    }
    for (size_t level = 1; level < ARRAY_LEN(levels); level++)
        for (size_t i = 0; i < ENTRIES >> level; i++)
            levels[level][i] = merkle_node(levels[level - 1][2 * i], levels[level - 1][2 * i + 1]);
    return 0;
}

static int free_tree(void **state) {
    (void)state;
    for (size_t level = 0; level < ARRAY_LEN(levels); level++)
        free(levels[level]);
    return 0;
}

static bool hash(void *context, int level, uint64_t index, struct sha256 *ret_hash, struct error *err) {
    (void)err;
    assert_true(level < (int)ARRAY_LEN(levels) && ((index + 1) << level) <= *(const uint64_t *)context);
    *ret_hash = levels[level][index];
    return true;
}

static struct sha256 root_of(uint64_t size) {
    struct merkle_source source = {hash, &size};
    struct sha256 root;
    assert_true(merkle_root(&source, size, &root, NULL));
    return root;
}

static struct merkle_proof inclusion(uint64_t index, uint64_t size) {
    struct merkle_source source = {hash, &size};
    struct merkle_proof proof;
    assert_true(merkle_prove_inclusion(&source, index, size, &proof, NULL));
    return proof;
}

static struct merkle_proof consistency(uint64_t old_size, uint64_t size) {
    struct merkle_source source = {hash, &size};
    struct merkle_proof proof;
    assert_true(merkle_prove_consistency(&source, old_size, size, &proof, NULL));
    return proof;
}

static void assert_hash(struct sha256 is, const char *hex) {
    char text[65];
    sha256_hex(is, text);
    assert_string_equal(text, hex);
}

/* A proof by the hash of its hashes. */
static void assert_proof(const struct merkle_proof *proof, size_t count, const char *hex) {
    assert_int_equal(proof->count, count);
    assert_hash(sha256_of((struct bytes){(const char *)proof->hashes, 32 * proof->count}), hex);
}

static void the_hashes_of_certificate_transparency_come_out(void **state) {
    static const char *const entries[] = {
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"};
    struct sha256 nodes[8];
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(entries); i++) {
        char data[16];
        size_t len = strlen(entries[i]) / 2;
        assert_true(hex_decode(bytes_of(entries[i]), data, len));
        nodes[i] = merkle_leaf((struct bytes){data, len});
    }
    assert_hash(nodes[0], "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
    assert_hash(merkle_node(nodes[0], nodes[1]),
                "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125");
    assert_hash(merkle_fold(nodes, 3), "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328");
}

static void roots_are_those_of_another_implementation(void **state) {
    static const struct {
        uint64_t size;
        const char *root;
    } known[] = {{0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
                 {1, "773885a613489e24ce2cf76199d6a423f042e4bbf12d7eecee912ef276c65701"},
                 {2, "5a47662fd8a317d96049a3f9f47c55dc67ca66051baa3683dbb19b2fe09a07b0"},
                 {3, "94fbd0dd836f50301692e6d0eade728ee19ec52bfff1606ed807c8575d5aaa19"},
                 {7, "98c97f0ba3175cd08b031dd084b9dc4e649b64d1a28e6ea694646503173ab587"},
                 {255, "cf66793e6329dff242eb3cee0a6f36ad3e3a196dcc573a1ec775e102be863f1c"},
                 {256, "da6596d95369f5fef322ab8e4e0da3b0b50236aa9c8a3b1d246f7411c9e2e32e"},
                 {257, "5c1fdfe835358022f2392de478dbe053fc130cfe1d3a082879a90cf6bf14bf7e"},
                 {1000, "346c6b9cb89c4b76fac9dcb20cda86e3a01c0a57417c139028eacd4538fde95b"},
                 {65536, "07b1a377960a4e12e3348d6e9329ae6316a95b02fb1c22e909231b3aa44861a7"},
                 {70000, "a3920fba7f239a071a9bd10721f1341addefbaededb41c7e24437a9d16bdf00a"}};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        assert_hash(root_of(known[i].size), known[i].root);
}

static void proofs_are_those_of_another_implementation(void **state) {
    static const struct {
        uint64_t first, size;
        size_t count;
        const char *hash;
    } inclusions[] = {{0, 1, 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
                      {0, 7, 3, "826120f46a1c0122aa9e1cfb8208acfd8e28b901353813b5ced14652b5374490"},
                      {6, 7, 2, "3c054d8897f4c7a44d95b43f2eca0f39b590b359b1cfce6a29bf99e2d75ad27f"},
                      {255, 256, 8, "6a96cdb4d86e1f2180a7e7ed5e2105586f157f23bcf1dae9003c790fda4e75e5"},
                      {256, 257, 1, "f01c757ba6dc86839ede8e694a0e86f97ea9ffca04a34404236c7f8cb374794a"},
                      {300, 1000, 10, "50c27f8726c81b7880ed1fea23e0ffb3c42a6439dfd91606cc59b5f0b3c5cff2"},
                      {65535, 65536, 16, "24b29a9cbb5b15fca86d54e2b2ec290099c3aef5e3b65c98b0c7d52f43b66935"},
                      {69999, 70000, 9, "2a8bc48c7658d606eed507c740ee61d87ece2555d453519138390befc347d733"},
                      {12345, 70000, 17, "c2c267fa58479cfddaafb588b128dd83de6fe1b84c1979b8e5651fe0318cd8e6"}},
      consistencies[] = {
          {1, 2, 1, "1e30c9fb18f7eb86837f1f1e3762ad7f5bc0b04fdade58504d6b6dd0c72320ae"},
          {2, 3, 1, "b2860692f6267a724eeacadd8e26fa36974355b75277422e6054a8ceceb44e0e"},
          {3, 7, 4, "c63bd033fc58b84a05f85c36fbb0b1574aa6d888d5a872f2832e05de027ce706"},
          {4, 7, 1, "8d7b507e4f3865c282cbf03b80b6b07e8e09ca46f90f4d06477a2e1f384ed25b"},
          {6, 7, 3, "ce2e6bf8e421b9a0f21525790def94043601469dc714f233bb56583a8badbca8"},
          {255, 257, 10, "714d0b053c192b46e643d899023ecfde1ae2eb90c65f3b3097641ec915e74940"},
          {256, 1000, 2, "cfb70eb6650418de3096cd016af7ecd86bb9172a7849f6d2426e9ba79ecd6126"},
          {257, 1000, 11, "ada0707faf1b19d673941beae0d154533753f0ea07704a980e4c3e4997251c80"},
          {65536, 70000, 1, "794b28db0171a2edd112dc902f24a7dfd7c25a2bfe7ccd38b16373b5bf0712a5"},
          {65537, 70000, 15, "80ad4e40975a22241dac0ed7eeac248fdc477d74512588dbe7cfc0241a299f59"},
          {1, 70000, 17, "fb98eb48060be330762ccc3d412141843d1975eda7bdf1c4c840f17416f40775"}};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(inclusions); i++) {
        struct merkle_proof proof = inclusion(inclusions[i].first, inclusions[i].size);
        assert_proof(&proof, inclusions[i].count, inclusions[i].hash);
    }
    for (size_t i = 0; i < ARRAY_LEN(consistencies); i++) {
        struct merkle_proof proof = consistency(consistencies[i].first, consistencies[i].size);
        assert_proof(&proof, consistencies[i].count, consistencies[i].hash);
    }
}

/* Any change to what a proof is held against makes it fail. */
static void assert_inclusion(uint64_t index, uint64_t size) {
    struct merkle_proof proof = inclusion(index, size);
    struct sha256 leaf = levels[0][index], root = root_of(size), wrong = leaf;
    wrong.bytes[31] ^= 1;
    assert_true(merkle_check_inclusion(&proof, index, size, leaf, root));
    assert_false(merkle_check_inclusion(&proof, index, size, wrong, root));
    assert_false(merkle_check_inclusion(&proof, index, size, leaf, wrong));
    assert_false(merkle_check_inclusion(&proof, index, index, leaf, root));
    if (size > 1)
        assert_false(merkle_check_inclusion(&proof, (index + 1) % size, size, leaf, root));
    for (size_t i = 0; i < proof.count; i++) {
        struct merkle_proof changed = proof;
        changed.hashes[i].bytes[0] ^= 0x80;
        assert_false(merkle_check_inclusion(&changed, index, size, leaf, root));
        changed = proof;
        changed.count = i;
        assert_false(merkle_check_inclusion(&changed, index, size, leaf, root));
    }
    proof.count++;
    assert_false(merkle_check_inclusion(&proof, index, size, leaf, root));
}

static void every_entry_of_every_small_tree_has_its_proof_and_no_other(void **state) {
    (void)state;
    for (uint64_t size = 1; size <= 40; size++)
        for (uint64_t index = 0; index < size; index++)
            assert_inclusion(index, size);
    assert_inclusion(69999, 70000);
}

static void assert_consistency(uint64_t old_size, uint64_t size) {
    struct merkle_proof proof = consistency(old_size, size);
    struct sha256 old_root = root_of(old_size), root = root_of(size), wrong = root;
    wrong.bytes[5] ^= 4;
    assert_true(merkle_check_consistency(&proof, old_size, size, old_root, root));
    assert_false(merkle_check_consistency(&proof, old_size, size, wrong, root));
    if (old_size > 0)
        assert_false(merkle_check_consistency(&proof, old_size, size, old_root, wrong));
    if (old_size < size)
        assert_false(merkle_check_consistency(&proof, size, old_size, root, old_root));
    for (size_t i = 0; i < proof.count; i++) {
        struct merkle_proof changed = proof;
        changed.hashes[i].bytes[0] ^= 0x80;
        assert_false(merkle_check_consistency(&changed, old_size, size, old_root, root));
        changed = proof;
        changed.count = i;
        assert_false(merkle_check_consistency(&changed, old_size, size, old_root, root));
    }
    proof.count++;
    assert_false(merkle_check_consistency(&proof, old_size, size, old_root, root));
}

static void every_small_tree_is_the_beginning_of_every_larger_one(void **state) {
    (void)state;
    for (uint64_t size = 0; size <= 40; size++)
        for (uint64_t old_size = 0; old_size <= size; old_size++)
            assert_consistency(old_size, size);
    assert_consistency(65537, 70000);
}

static void a_fork_is_not_consistent(void **state) {
    struct sha256 kept = levels[0][3], old_root = root_of(8);
    (void)state;
    levels[0][3].bytes[0] ^= 1;
    levels[1][1] = merkle_node(levels[0][2], levels[0][3]);
    levels[2][0] = merkle_node(levels[1][0], levels[1][1]);
    levels[3][0] = merkle_node(levels[2][0], levels[2][1]);
    for (uint64_t size = 8; size < 16; size++) {
        struct merkle_proof proof = consistency(8, size);
        assert_false(merkle_check_consistency(&proof, 8, size, old_root, root_of(size)));
    }
    levels[0][3] = kept;
    levels[1][1] = merkle_node(levels[0][2], levels[0][3]);
    levels[2][0] = merkle_node(levels[1][0], levels[1][1]);
    levels[3][0] = merkle_node(levels[2][0], levels[2][1]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_hashes_of_certificate_transparency_come_out),
        cmocka_unit_test(roots_are_those_of_another_implementation),
        cmocka_unit_test(proofs_are_those_of_another_implementation),
        cmocka_unit_test(every_entry_of_every_small_tree_has_its_proof_and_no_other),
        cmocka_unit_test(every_small_tree_is_the_beginning_of_every_larger_one),
        cmocka_unit_test(a_fork_is_not_consistent),
    };
    return cmocka_run_group_tests(tests, make_tree, free_tree);
}
