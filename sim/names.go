package sim

// names gives small integers to strings, in order of first use, so that the
// world can be plain numbers. 0 is the empty string.
type names struct {
	number map[string]int32
	text   []string
}

func newNames() names {
	return names{number: map[string]int32{"": 0}, text: []string{""}}
}

func (n *names) of(s string) int32 {
	if s == "" {
		return 0
	}
	if i, ok := n.number[s]; ok {
		return i
	}
	i := int32(len(n.text))
	n.number[s] = i
	n.text = append(n.text, s)
	return i
}
