package proof

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"dejavu/consumers"
	"dejavu/sim"
	"dejavu/sim/check"
	"dejavu/ui/words"
)

// MatrixSchema names the form of a Matrix as JSON. It changes when a field changes
// its meaning or goes; new fields do not change it.
const MatrixSchema = "dejavu.matrix/1"

// All heads the column of the usual faults together.
const All = "all"

// Bounds of a matrix: one fault of a kind alone, two of the usual ones together.
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

// Columns are those of a whole matrix: the usual kinds of fault, all of these together,
// and the other kinds.
func Columns() []string {
	usual := len(check.DefaultKinds())
	return slices.Insert(check.Names(check.Kinds()), usual, All)
}

// Part is what of a matrix is wanted. Where a list is empty, everything is.
type Part struct {
	Businesses []sim.Business
	Consumers  []string // names of the catalogue
	Columns    []string // of Columns
}

// wanted says whether a list of a part asks for something.
func wanted[T comparable](list []T, x T) bool { return len(list) == 0 || slices.Contains(list, x) }

// CheckLine writes the command line that checks a consumer, with the values of its flags;
// "" leaves one out.
type CheckLine func(consumer string, flags map[string]string) string

// NewMatrix searches every cell of a part.
func NewMatrix(ctx context.Context, p Part, line CheckLine, told func(done, all uint64)) (*Matrix, error) {
	m := &Matrix{
		Schema: MatrixSchema,
		Kinds:  slices.DeleteFunc(Columns(), func(column string) bool { return !wanted(p.Columns, column) }),
		Bounds: MatrixBound{check.DefaultMessages, check.DefaultWorkers, matrixAlone, matrixTogether},
	}
	var cases []Case
	for _, b := range sim.Businesses() {
		for _, g := range consumers.Groups() {
			for _, c := range g.Consumers {
				if !wanted(p.Businesses, b) || !wanted(p.Consumers, c.Name) {
					continue
				}
				m.Rows = append(m.Rows, MatrixRow{Group: g.Title, Consumer: c.Name, Business: b.String()})
				for _, kind := range m.Kinds {
					t := tried(kind)
					cases = append(cases, t.on(c, b))
				}
			}
		}
	}
	if err := Search(ctx, cases, told); err != nil {
		return nil, err
	}
	for i := range cases {
		row, kind := &m.Rows[i/len(m.Kinds)], m.Kinds[i%len(m.Kinds)]
		t := tried(kind)
		row.Cells = append(row.Cells, MatrixCell{kind, cases[i].Fate(), line(row.Consumer, t.flags(row.Business))})
	}
	return m, nil
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
		return TooMuch(c.Lane.Business)
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

// usual is how many columns stand before those that few ask for.
func (m *Matrix) usual() int {
	if i := slices.Index(m.Kinds, All); i >= 0 {
		return i + 1
	}
	return len(m.Kinds)
}

// Within says within which bounds the cells were computed.
func (m *Matrix) Within() string {
	b, all := m.Bounds, ""
	if slices.Contains(m.Kinds, All) {
		all = fmt.Sprintf("; %s: any %d of %s", All, b.Together, words.Listed(check.Names(check.DefaultKinds())))
	}
	return fmt.Sprintf("Computed: %s, %s, %s of the kind%s%s.", words.Count(b.Messages, "message"), words.Count(b.Workers, "worker"),
		words.Count(b.Alone, "fault"), all, noted(m.Kinds))
}

// Legend says what the words in a matrix mean.
func (m *Matrix) Legend() string {
	text := "once: exactly once, whatever happens · twice, lost: it can happen · both: both can happen"
	if slices.ContainsFunc(m.Rows, func(r MatrixRow) bool { return r.Business == sim.Status.String() }) {
		text += " · stale: an older status can be set last"
	}
	for _, row := range m.Rows {
		if slices.ContainsFunc(row.Cells, func(c MatrixCell) bool { return c.Verdict == "?" }) {
			return text + " · ?: not decided within " + words.Count(matrixStates, "state")
		}
	}
	return text
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
		for _, c := range row.Cells[:m.usual()] {
			if c.Kind == All {
				continue // its command says less of why
			}
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
