package main

import (
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

// tilePath is the name of a tile in C2SP tlog-tiles; x/mod has another one.
func tilePath(t tlog.Tile) string {
	n := fmt.Sprintf("%03d", t.N%1000)
	for rest := t.N / 1000; rest > 0; rest /= 1000 {
		n = fmt.Sprintf("x%03d/%s", rest%1000, n)
	}
	level := strconv.Itoa(t.L)
	if t.L == -1 {
		level = "entries"
	}
	if t.W < 1<<height {
		n += fmt.Sprintf(".p/%d", t.W)
	}
	return "tile/" + level + "/" + n
}

type folder string

func (f folder) Height() int { return height }

func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var data [][]byte
	for _, t := range tiles {
		tile, err := os.ReadFile(filepath.Join(string(f), tilePath(t)))
		if err != nil {
			return nil, err
		}
		data = append(data, tile)
	}
	return data, nil
}

func (f folder) SaveTiles([]tlog.Tile, [][]byte) {}

// openCheckpoint checks the signature and reads the three lines.
func openCheckpoint(path, vkey string) (tlog.Tree, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return tlog.Tree{}, err
	}
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return tlog.Tree{}, err
	}
	signed, err := note.Open(data, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(signed.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		return tlog.Tree{}, errors.New("not a checkpoint of this log")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize {
		return tlog.Tree{}, errors.New("the checkpoint has no root")
	}
	return tlog.Tree{N: size, Hash: tlog.Hash(root)}, nil
}

// checkBundle holds the entries from first on against the leaf hashes of the tree.
func checkBundle(f folder, reader tlog.HashReader, first int64, width int) error {
	data, err := f.ReadTiles([]tlog.Tile{{H: height, L: -1, N: first >> height, W: width}})
	if err != nil {
		return err
	}
	var indexes []int64
	for i := range width {
		indexes = append(indexes, tlog.StoredHashIndex(0, first+int64(i)))
	}
	hashes, err := reader.ReadHashes(indexes)
	if err != nil {
		return err
	}
	rest := data[0]
	for i := range width {
		if len(rest) < 2 || len(rest)-2 < int(rest[0])<<8+int(rest[1]) {
			return fmt.Errorf("the bundle of entry %d is cut", first)
		}
		length := int(rest[0])<<8 + int(rest[1])
		if tlog.RecordHash(rest[2:2+length]) != hashes[i] {
			return fmt.Errorf("entry %d is not the one in the tree", first+int64(i))
		}
		rest = rest[2+length:]
	}
	if len(rest) > 0 {
		return fmt.Errorf("the bundle of entry %d goes on", first)
	}
	return nil
}

func checkTlog(arguments []string) error {
	f := folder(arguments[0])
	tree, err := openCheckpoint(filepath.Join(arguments[0], "checkpoint"), arguments[1])
	if err != nil {
		return err
	}
	reader := tlog.TileHashReader(tree, f)
	for first := int64(0); first < tree.N; first += 1 << height {
		if err := checkBundle(f, reader, first, int(min(tree.N-first, 1<<height))); err != nil {
			return err
		}
	}
	fmt.Println(tree.N)
	return nil
}

func checkConsistency(arguments []string) error {
	older, err := openCheckpoint(arguments[0], arguments[3])
	if err != nil {
		return err
	}
	newer, err := openCheckpoint(arguments[1], arguments[3])
	if err != nil {
		return err
	}
	if older.N > newer.N {
		return errors.New("the newer checkpoint is smaller: a rollback")
	}
	proof, err := tlog.ProveTree(newer.N, older.N, tlog.TileHashReader(newer, folder(arguments[2])))
	if err != nil {
		return err
	}
	return tlog.CheckTree(proof, newer.N, newer.Hash, older.N, older.Hash)
}
