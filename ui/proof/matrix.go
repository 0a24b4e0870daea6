package proof

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
	"dejavu/sim/check"
)

// MatrixSchema names the form of a Matrix as JSON. It changes when a field changes
// its meaning or goes; new fields do not change it.
const MatrixSchema = "dejavu.matrix/1"

// All heads the column of the usual faults together.
const All = "all"

// Bounds of a matrix: one fault of a kind alone, two of all together. A key that is
// forgotten does no harm until something comes again, so it is tried together with
// a republish.
const (
	matrixAlone    = 1
	matrixTogether = 2
)

// Matrix is what becomes of what is owed: for each consumer and business, with faults
// of each kind alone, and of the usual ones together.
type Matrix struct {
	Schema string      `json:"schema"`
	Bounds MatrixBound `json:"bounds"`
	Kinds  []string    `json:"kinds"` // the columns
	Rows   []MatrixRow `json:"rows"`
}

// MatrixBound are the bounds of all cells.
type MatrixBound struct {
	Messages int `json:"messages"`
	Workers  int `json:"workers"`
	Alone    int `json:"faults"`        // of one kind alone
	Together int `json:"faults_of_all"` // of all together
}

// MatrixRow is one consumer in one business.
type MatrixRow struct {
	Group    string       `json:"group"` // of the catalogue
	Consumer string       `json:"consumer"`
	Business string       `json:"business"`
	Cells    []MatrixCell `json:"cells"`
}

// MatrixCell is what the worst of all schedules comes to, and the command that
// shows it.
type MatrixCell struct {
	Kind    string `json:"kind"`
	Verdict string `json:"verdict"` // once, twice, lost, both, stuck, or ? where it was not decided
	Command string `json:"command"`
}

// columns are the kinds of fault of a matrix: the usual ones, all of them together,
// and those that are beyond what consumers claim. What a memory has no room for has
// no column: another process does not have it anyway, so a republish says it all.
func columns() []string {
	usual := kindNames(check.DefaultKinds())
	return slices.Concat(usual, []string{All, string(check.Restart), string(check.Republish), string(check.RepublishAs), string(check.ExpireKey)})
}

// NewMatrix searches every cell. Command writes a command line.
func NewMatrix(ctx context.Context, businesses []sim.Business, command func(words ...string) string, done func(n, all int)) (*Matrix, error) {
	m := &Matrix{
		Schema: MatrixSchema, Kinds: columns(),
		Bounds: MatrixBound{check.DefaultMessages, check.DefaultWorkers, matrixAlone, matrixTogether},
	}
	var cases []Case
	for _, b := range businesses {
		for _, g := range consumers.Groups() {
			for _, c := range g.Consumers {
				m.Rows = append(m.Rows, MatrixRow{Group: g.Title, Consumer: c.Name, Business: b.String()})
				for _, kind := range m.Kinds {
					faults, kinds := tried(kind)
					o := check.Options{Faults: faults, Kinds: kinds, Properties: Properties()}
					cases = append(cases, Case{Lane: sim.Lane{Consumer: c, Business: b, Queue: broker.Default()}, Options: o})
				}
			}
		}
	}
	progress := func(n int) {
		if done != nil {
			done(n, len(cases))
		}
	}
	if err := Search(ctx, cases, progress); err != nil {
		return nil, err
	}
	for i := range cases {
		row, kind := &m.Rows[i/len(m.Kinds)], m.Kinds[i%len(m.Kinds)]
		row.Cells = append(row.Cells, MatrixCell{kind, cases[i].Fate(), command(showing(row, kind)...)})
	}
	return m, nil
}

// tried is what is searched for a column: up to how many faults of which kinds. No
// kinds are the usual ones.
func tried(column string) (faults int, kinds []check.Kind) {
	switch column {
	case All:
		return matrixTogether, nil
	case string(check.ExpireKey):
		return matrixTogether, []check.Kind{check.ExpireKey, check.Republish}
	}
	return matrixAlone, []check.Kind{check.Kind(column)}
}

// showing is the command that shows a cell.
func showing(row *MatrixRow, column string) []string {
	faults, kinds := tried(column)
	words := []string{"check", row.Consumer, "--business", row.Business, "--faults", strconv.Itoa(faults)}
	if kinds == nil {
		return words
	}
	return append(words, "--only", strings.Join(kindNames(kinds), ","))
}

// Fate is the worst that can become of what is owed, in a word.
func (c *Case) Fate() string {
	broken := func(p sim.Property) bool { return c.Result.Of(p).Counterexample != nil }
	switch twice, lost := broken(sim.NeverTwice), broken(sim.NeverLost); {
	case twice && lost:
		return "both"
	case !c.Result.Finished:
		return "?"
	case twice:
		return "twice"
	case lost:
		return "lost"
	case broken(sim.NeverStuck):
		return "stuck"
	}
	return "once"
}

// blocks are the rows, business by business.
func (m *Matrix) blocks() [][]MatrixRow {
	var all [][]MatrixRow
	for i := range m.Rows {
		if i == 0 || m.Rows[i].Business != m.Rows[i-1].Business {
			all = append(all, nil)
		}
		all[len(all)-1] = append(all[len(all)-1], m.Rows[i])
	}
	return all
}

// Within says within which bounds the cells were computed.
func (b MatrixBound) Within() string {
	return fmt.Sprintf("Computed: %s, %s, %s of the kind; %s: any %d of the first %s; %s: with a republish.", Count(b.Messages, "message"), Count(b.Workers, "worker"),
		Count(b.Alone, "fault"), All, b.Together, Count(len(check.DefaultKinds()), "kind"), check.ExpireKey)
}

// Write writes a Matrix as one JSON object on one line.
func (m *Matrix) Write(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(m)
}

// Telling is the command that shows the cell from which there is most to learn: of
// the consumer that the fewest of the usual faults break, the first of them. Of
// several it is the last in the order of learning.
func (m *Matrix) Telling() string {
	best, fewest := m.Rows[0].Cells[0].Command, len(m.Kinds)
	for _, row := range m.blocks()[0] {
		first, broken := "", 0
		for _, c := range row.Cells[:slices.Index(m.Kinds, All)] {
			if c.Verdict != "once" {
				broken++
				first = cmp.Or(first, c.Command)
			}
		}
		if broken > 0 && broken <= fewest {
			best, fewest = first, broken
		}
	}
	return best
}
