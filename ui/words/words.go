// Package words is what every face of the program writes with: lines of text that know
// what they mean, and the numbers, lists, tables and names in them.
//
// It knows the words of a business and of a fault, and nothing of a run: so a command, a
// page, a card and the screen say the same thing in the same way. It lies below all of
// them.
package words

// Either picks the one or the other.
func Either[T any](yes bool, a, b T) T {
	if yes {
		return a
	}
	return b
}
