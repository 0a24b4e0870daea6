package handler

import (
	"fmt"
	"strings"
)

// Mermaid draws a counterexample as a sequence diagram.
func (b *Broken) Mermaid() string {
	var s strings.Builder
	s.WriteString("sequenceDiagram\n    participant Q as queue\n    participant W1 as worker 1\n    participant W2 as worker 2\n    participant DB as database\n    participant X as outside\n")
	for _, l := range b.w.story {
		who := fmt.Sprintf("W%d", l.by.env.slot+1)
		switch l.kind {
		case delivered:
			fmt.Fprintf(&s, "    Q->>%s: %s, delivery %d\n", who, l.by.letter.name(), l.by.delivery)
		case stepped:
			l.draw(&s, who)
		case struck:
			r := l.row()
			fmt.Fprintf(&s, "    Note over %s: %s\n", who, label(r.text))
		case held:
			fmt.Fprintf(&s, "    Note over %s: waits for a lock\n", who)
		case outcome:
			fmt.Fprintf(&s, "    %s-->>Q: %s\n", who, label(l.text))
		}
	}
	return s.String()
}

// draw draws an operation and its answer.
func (l *line) draw(s *strings.Builder, who string) {
	to := "X"
	switch l.at.kind {
	case statement, begin, commit:
		to = "DB"
	case point:
		to = who
	}
	fmt.Fprintf(s, "    %s->>%s: %s\n", who, to, label(l.at.text))
	switch {
	case l.fault != None:
		fmt.Fprintf(s, "    Note over %s: %s\n", who, faultRows[l.fault].deed)
	case l.at.answer != "":
		fmt.Fprintf(s, "    %s-->>%s: %s\n", to, who, label(l.at.answer))
	}
	if len(l.at.changes) > 0 {
		fmt.Fprintf(s, "    Note over %s: %s\n", to, label(strings.Join(l.at.changes, ", ")))
	}
}

// label is a text as Mermaid can take it: without what ends a statement.
func label(text string) string {
	return strings.NewReplacer(";", ",", "#", "no. ", "\n", " ", ":", " ").Replace(cut(squeeze(text), 60))
}
