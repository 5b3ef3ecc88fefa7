// Command verifier checks a Renkei log with the tree, tile and note code of the Go project's checksum database
// (golang.org/x/mod/sumdb/tlog and note), which shares no line with Renkei.
//
// It reads a directory laid out as C2SP tlog-tiles says: checkpoint, tile/<L>/<N>[.p/<W>] and, if they are there,
// tile/entries/<N>[.p/<W>]. It prints what it checked as one JSON object, or says on stderr what does not hold.
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const tileHeight = 8

type report struct {
	Origin      string `json:"origin"`
	Size        int64  `json:"size"`
	Root        string `json:"root"`
	Cosigners   int    `json:"cosigners"`
	Tiles       int    `json:"tiles"`
	Leaves      int64  `json:"leaves"`
	Entries     int64  `json:"entries"`
	Receipts    int    `json:"receipts"`
	Consistency int    `json:"consistency"`
}

type texts []string

func (t *texts) String() string     { return strings.Join(*t, ",") }
func (t *texts) Set(v string) error { *t = append(*t, v); return nil }

func main() {
	dir := flag.String("dir", "", "directory with checkpoint and tile/")
	vkey := flag.String("vkey", "", "verifier key of the log")
	old := flag.String("old", "", "file with an earlier checkpoint of the same log")
	proof := flag.String("proof", "", "file with a consistency proof from -old to the checkpoint: a JSON list of base64")
	var witnesses, receipts texts
	flag.Var(&witnesses, "witness", "verifier key of a witness; may be repeated")
	flag.Var(&receipts, "receipt", "receipt file; may be repeated")
	flag.Parse()

	found, err := check(*dir, *vkey, witnesses, receipts, *old, *proof)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	json.NewEncoder(os.Stdout).Encode(found)
}

func check(dir, vkey string, witnesses, receipts []string, old, proof string) (*report, error) {
	verifiers, err := allVerifiers(vkey, witnesses)
	if err != nil {
		return nil, err
	}
	signed, err := os.ReadFile(filepath.Join(dir, "checkpoint"))
	if err != nil {
		return nil, err
	}
	origin, tree, cosigners, err := openCheckpoint(signed, verifiers)
	if err != nil {
		return nil, fmt.Errorf("checkpoint: %w", err)
	}
	found := &report{Origin: origin, Size: tree.N, Root: tree.Hash.String(), Cosigners: cosigners}
	reader := tlog.TileHashReader(tree, files(dir))
	if err := checkTiles(dir, tree, reader, found); err != nil {
		return nil, fmt.Errorf("tiles: %w", err)
	}
	if err := checkEntries(dir, tree, reader, found); err != nil {
		return nil, fmt.Errorf("entries: %w", err)
	}
	for _, name := range receipts {
		if err := checkReceipt(name, origin, tree, reader, verifiers); err != nil {
			return nil, fmt.Errorf("receipt: %w", err)
		}
		found.Receipts++
	}
	if old != "" {
		if err := checkGrowth(old, proof, origin, tree, reader, verifiers); err != nil {
			return nil, fmt.Errorf("consistency: %w", err)
		}
		found.Consistency++
	}
	return found, nil
}

// cosigner verifies C2SP cosignature/v1: key type 4, an 8-byte time before the Ed25519 signature.
type cosigner struct {
	name   string
	hash   uint32
	public ed25519.PublicKey
}

func (c *cosigner) Name() string    { return c.name }
func (c *cosigner) KeyHash() uint32 { return c.hash }
func (c *cosigner) Verify(msg, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	head := fmt.Sprintf("cosignature/v1\ntime %d\n", binary.BigEndian.Uint64(sig))
	return ed25519.Verify(c.public, append([]byte(head), msg...), sig[8:])
}

func newCosigner(vkey string) (*cosigner, error) {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 {
		return nil, errors.New("witness key: form")
	}
	key, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(key) != 1+ed25519.PublicKeySize || key[0] != 4 {
		return nil, errors.New("witness key: type or length")
	}
	sum := sha256.Sum256(append([]byte(parts[0]+"\n"), key...))
	hash := binary.BigEndian.Uint32(sum[:])
	if fmt.Sprintf("%08x", hash) != parts[1] {
		return nil, errors.New("witness key: id")
	}
	return &cosigner{parts[0], hash, key[1:]}, nil
}

// allVerifiers gives the log's verifier first.
func allVerifiers(vkey string, witnesses []string) ([]note.Verifier, error) {
	log, err := note.NewVerifier(vkey)
	if err != nil {
		return nil, err
	}
	list := []note.Verifier{log}
	for _, text := range witnesses {
		witness, err := newCosigner(text)
		if err != nil {
			return nil, err
		}
		list = append(list, witness)
	}
	return list, nil
}

func openCheckpoint(signed []byte, verifiers []note.Verifier) (origin string, tree tlog.Tree, cosigners int, err error) {
	opened, err := note.Open(signed, note.VerifierList(verifiers...))
	if err != nil {
		return "", tree, 0, err
	}
	log, byLog := verifiers[0], false
	for _, sig := range opened.Sigs {
		if sig.Name == log.Name() && sig.Hash == log.KeyHash() {
			byLog = true
		} else {
			cosigners++
		}
	}
	if !byLog {
		return "", tree, 0, errors.New("no signature of the log")
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 {
		return "", tree, 0, errors.New("too few lines")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || strconv.FormatInt(size, 10) != lines[1] || size < 0 {
		return "", tree, 0, errors.New("size")
	}
	hash, err := tlog.ParseHash(lines[2])
	if err != nil {
		return "", tree, 0, err
	}
	return lines[0], tlog.Tree{N: size, Hash: hash}, cosigners, nil
}

// path is the C2SP path of a tile: that of the checksum database without the height, which C2SP fixes at 8.
func path(t tlog.Tile) string {
	return strings.Replace(t.Path(), "tile/8/", "tile/", 1)
}

// files reads tiles from a directory.
type files string

func (f files) Height() int { return tileHeight }
func (f files) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	data := make([][]byte, len(tiles))
	for i, t := range tiles {
		var err error
		if data[i], err = os.ReadFile(filepath.Join(string(f), path(t))); err != nil {
			return nil, err
		}
		if len(data[i]) != t.W*tlog.HashSize {
			return nil, fmt.Errorf("%s has %d bytes", path(t), len(data[i]))
		}
	}
	return data, nil
}
func (f files) SaveTiles([]tlog.Tile, [][]byte) {}

// checkTiles reads every leaf hash through the authenticating reader and compares every tile of this size byte by byte.
func checkTiles(dir string, tree tlog.Tree, reader tlog.HashReader, found *report) error {
	if tree.N == 0 {
		return nil
	}
	root, err := tlog.TreeHash(tree.N, reader)
	if err != nil {
		return err
	}
	if root != tree.Hash {
		return errors.New("tiles lead to another root")
	}
	for _, t := range tlog.NewTiles(tileHeight, 0, tree.N) {
		want, err := tlog.ReadTileData(t, reader)
		if err != nil {
			return err
		}
		have, err := os.ReadFile(filepath.Join(dir, path(t)))
		if err != nil {
			return err
		}
		if !bytes.Equal(have, want) {
			return fmt.Errorf("%s differs", path(t))
		}
		found.Tiles++
		if t.L == 0 {
			found.Leaves += int64(t.W)
		}
	}
	return nil
}

// checkEntries hashes every entry of the bundles, where there are bundles, and compares it with its leaf.
func checkEntries(dir string, tree tlog.Tree, reader tlog.HashReader, found *report) error {
	if _, err := os.Stat(filepath.Join(dir, "tile", "entries")); err != nil {
		return nil
	}
	for _, t := range tlog.NewTiles(tileHeight, 0, tree.N) {
		if t.L != 0 {
			continue
		}
		name := strings.Replace(path(t), "tile/0/", "tile/entries/", 1)
		bundle, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		leaves, err := tlog.ReadTileData(t, reader)
		if err != nil {
			return err
		}
		for i := 0; i < t.W; i++ {
			if len(bundle) < 2 || len(bundle) < 2+int(binary.BigEndian.Uint16(bundle)) {
				return fmt.Errorf("%s ends early", name)
			}
			end := 2 + int(binary.BigEndian.Uint16(bundle))
			hash := tlog.RecordHash(bundle[2:end])
			if !bytes.Equal(hash[:], leaves[i*tlog.HashSize:(i+1)*tlog.HashSize]) {
				return fmt.Errorf("%s: entry %d is not its leaf", name, i)
			}
			bundle = bundle[end:]
			found.Entries++
		}
		if len(bundle) != 0 {
			return fmt.Errorf("%s ends late", name)
		}
	}
	return nil
}

func hashes(list [][]byte) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(list))
	for i, step := range list {
		if len(step) != tlog.HashSize {
			return nil, errors.New("a step of the proof is no hash")
		}
		copy(out[i][:], step)
	}
	return out, nil
}

type receipt struct {
	V          int      `json:"v"`
	Record     string   `json:"record"`
	Salt       []byte   `json:"salt"`
	Index      int64    `json:"index"`
	Proof      [][]byte `json:"proof"`
	Checkpoint string   `json:"checkpoint"`
}

// checkReceipt checks a receipt by its own proof and checkpoint, then that its tree is one with the present one.
func checkReceipt(name, origin string, now tlog.Tree, reader tlog.HashReader, verifiers []note.Verifier) error {
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	var r receipt
	if err := json.Unmarshal(data, &r); err != nil {
		return err
	}
	from, tree, _, err := openCheckpoint([]byte(r.Checkpoint), verifiers)
	if err != nil {
		return err
	}
	if from != origin || r.V != 1 {
		return errors.New("of another log or version")
	}
	proof, err := hashes(r.Proof)
	if err != nil {
		return err
	}
	entry := sha256.Sum256(append(append([]byte{}, r.Salt...), r.Record...))
	if err := tlog.CheckRecord(proof, tree.N, tree.Hash, r.Index, tlog.RecordHash(entry[:])); err != nil {
		return err
	}
	if tree.N > now.N {
		return nil
	}
	grown, err := tlog.ProveTree(now.N, tree.N, reader)
	if err != nil {
		return err
	}
	return tlog.CheckTree(grown, now.N, now.Hash, tree.N, tree.Hash)
}

// checkGrowth checks an earlier checkpoint against the present one: by a proof handed in, and by one from the tiles.
func checkGrowth(old, proof, origin string, now tlog.Tree, reader tlog.HashReader, verifiers []note.Verifier) error {
	signed, err := os.ReadFile(old)
	if err != nil {
		return err
	}
	from, before, _, err := openCheckpoint(signed, verifiers)
	if err != nil {
		return err
	}
	if from != origin {
		return errors.New("of another log")
	}
	own, err := tlog.ProveTree(now.N, before.N, reader)
	if err != nil {
		return err
	}
	if err := tlog.CheckTree(own, now.N, now.Hash, before.N, before.Hash); err != nil || proof == "" {
		return err
	}
	data, err := os.ReadFile(proof)
	if err != nil {
		return err
	}
	var list [][]byte
	if err := json.Unmarshal(data, &list); err != nil {
		return err
	}
	given, err := hashes(list)
	if err != nil {
		return err
	}
	return tlog.CheckTree(given, now.N, now.Hash, before.N, before.Hash)
}
