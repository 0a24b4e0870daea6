package proof

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"

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

// Bounds of a matrix: one fault of a kind alone, two of all together.
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
// and those that are beyond what consumers claim.
func columns() []string {
	usual := kindNames(check.DefaultKinds())
	return slices.Concat(usual, []string{All, string(check.Restart), string(check.Republish), string(check.RepublishAs), string(check.ExpireKey), string(check.Evict)})
}

// NewMatrix searches every cell. Command writes a command line.
func NewMatrix(ctx context.Context, businesses []sim.Business, command func(words ...string) string, done func(n, all int)) (*Matrix, error) {
	m := &Matrix{
		Schema: MatrixSchema, Kinds: columns(),
		Bounds: MatrixBound{check.DefaultMessages, check.DefaultWorkers, matrixAlone, matrixTogether},
	}
	var cases []Case
	for _, b := range businesses {
		for _, c := range consumers.All() {
			for _, kind := range m.Kinds {
				o := check.Options{Faults: matrixTogether, Properties: Properties()}
				if kind != All {
					o.Faults, o.Kinds = matrixAlone, []check.Kind{check.Kind(kind)}
				}
				cases = append(cases, Case{Lane: sim.Lane{Consumer: c, Business: b, Queue: broker.Default()}, Options: o})
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
		c := &cases[i]
		kind := m.Kinds[i%len(m.Kinds)]
		if i%len(m.Kinds) == 0 {
			m.Rows = append(m.Rows, MatrixRow{Consumer: c.Lane.Consumer.Name, Business: c.Lane.Business.String()})
		}
		row := &m.Rows[len(m.Rows)-1]
		row.Cells = append(row.Cells, MatrixCell{kind, c.Fate(), command(showing(row, kind)...)})
	}
	m.dropIdle(check.ExpireKey)
	m.dropIdle(check.Evict)
	return m, nil
}

// showing is the command that shows a cell.
func showing(row *MatrixRow, kind string) []string {
	words := []string{"check", row.Consumer, "--business", row.Business}
	if kind == All {
		return append(words, "--faults", strconv.Itoa(matrixTogether))
	}
	return append(words, "--faults", strconv.Itoa(matrixAlone), "--only", kind)
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

// dropIdle drops the column of keys that a store forgets where nobody keeps any: a
// fault that cannot strike is not survived.
func (m *Matrix) dropIdle(kind check.Kind) {
	at := slices.Index(m.Kinds, string(kind))
	for i := range m.Rows {
		if m.Rows[i].Cells[at].Verdict != "once" {
			return
		}
	}
	m.Kinds = slices.Delete(m.Kinds, at, at+1)
	for i := range m.Rows {
		m.Rows[i].Cells = slices.Delete(m.Rows[i].Cells, at, at+1)
	}
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
	return fmt.Sprintf("Computed: %s, %s, %s of the kind; %s: any %d of the first %s.", Count(b.Messages, "message"), Count(b.Workers, "worker"),
		Count(b.Alone, "fault"), All, b.Together, Count(len(check.DefaultKinds()), "kind"))
}

// Write writes a Matrix as one JSON object on one line.
func (m *Matrix) Write(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(m)
}

// Telling is the command that shows the cell from which there is most to learn: the
// last consumer, in the order of learning, that a usual fault breaks.
func (m *Matrix) Telling() string {
	best := ""
	for i := range m.Rows {
		if m.Rows[i].Business != m.Rows[0].Business {
			break
		}
		for _, c := range m.Rows[i].Cells {
			if c.Kind == All {
				break
			}
			if c.Verdict != "once" {
				best = c.Command
				break
			}
		}
	}
	return choose(best == "", m.Rows[0].Cells[0].Command, best)
}
