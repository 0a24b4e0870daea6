package sim

// Business is what performing means, and so where the effect lies. The same
// handler has a different verdict in each.
type Business uint8

// The businesses.
const (
	Card  Business = iota // charge a card at a gateway
	Mail                  // send an e-mail
	Stock                 // take an item from stock
)

// BusinessInfo is everything about a business that is data. Its mechanics are what the
// steps of an effect do.
type BusinessInfo struct {
	Name  string // as a file gives it
	Unit  string // what is counted: cents, mails or items
	Money bool   // that is, cents
	// Local says that the effect is a row in the consumer's own database, so that it can
	// join an open transaction and be rolled back. What is not lies outside.
	Local bool
	// HonoursKeys says that the receiver drops a request whose idempotency key it has
	// seen, and Answers that it can be asked afterwards whether it was done.
	HonoursKeys, Answers bool
	Words                BusinessWords
}

// BusinessWords are how people talk in a business. A word in braces stands for what a
// face puts there: {Ann} for whom it is done to, {$15} for the amount.
type BusinessWords struct {
	About   string // what it is, in a sentence
	Aim     string // what somebody wants who wants it done twice
	Verb    string // what a step does, as an order
	Verbs   string // what a lane does
	Effect  string // what one is called
	Act     string // before and after which something strikes
	Does    string // what one effect does
	DidTo   string // what one effect did
	Did     string // what was done
	Nothing string // what a step that did nothing did not do
	Another string // what was done once more
	Stands  string // that it was done, before how that stands: already
	Was     string // that it was done
	Done    string // what will have been done
	Twice   string // who suffers it twice, as a question
	Has     string // what a customer had of it, before how often
	Never   string // what will never be
	Whom    string // who is asked
	Replies string // what that does, though its answer gets lost
	Refuses string // what it does not, after an error
	Idle    string // what an attempt does that never asks it
	Takes   string // what a lane does with money, mails or items
	Taken   string // what it has done with them
	Took    string // what it did with them
	Ledger  string // what the list of effects is called
	InAll   string // the heading of what was done in all, in a table
}

var businesses = [...]BusinessInfo{
	Card: {
		Name: "card", Unit: "cents", Money: true, HonoursKeys: true, Answers: true,
		Words: BusinessWords{
			About: "a card gateway: outside, it cannot be rolled back, but it honours an idempotency key",
			Aim:   "charge somebody twice",
			Verb:  "charge", Verbs: "charges", Effect: "charge", Act: "the charge",
			Does: "charges {Ann} {$15}", DidTo: "charged {Ann} {$15}", Did: "charged", Nothing: "nothing charged",
			Another: "charged {$15} again", Stands: "{Ann}'s {$15} was taken",
			Was: "{Ann} was charged", Done: "charged {Ann}", Twice: "Who will have paid twice at the end?",
			Has: "has paid", Never: "never be charged",
			Whom: "the bank", Replies: "charges for", Refuses: "charges nothing", Idle: "asks the bank nothing",
			Takes: "takes", Taken: "taken", Took: "took", Ledger: "card statements", InAll: "taken",
		},
	},
	Mail: {
		Name: "mail", Unit: "mails",
		Words: BusinessWords{
			About: "mail: outside, it cannot be rolled back, and no key is honoured",
			Aim:   "mail somebody twice",
			Verb:  "mail", Verbs: "mails", Effect: "mail", Act: "the mail",
			Does: "mails {Ann}", DidTo: "mailed {Ann}", Did: "mailed", Nothing: "nothing sent",
			Another: "mailed {Ann} again", Stands: "{Ann} has the mail",
			Was: "{Ann} was mailed", Done: "mailed {Ann}", Twice: "Who will have got a mail twice at the end?",
			Has: "has got the mail", Never: "never get the mail",
			Whom: "the mail server", Replies: "sends the mail for", Refuses: "sends nothing", Idle: "asks the mail server nothing",
			Takes: "sends", Taken: "sent", Took: "sent", Ledger: "mails sent", InAll: "done",
		},
	},
	Stock: {
		Name: "stock", Unit: "items", Local: true, Answers: true,
		Words: BusinessWords{
			About: "stock: rows in the consumer's own database, which join its transaction",
			Aim:   "take somebody's item twice",
			Verb:  "take", Verbs: "takes", Effect: "item", Act: "taking the item",
			Does: "takes 1 item for {Ann}", DidTo: "took the item of {Ann}", Did: "taken", Nothing: "nothing taken",
			Another: "took another item", Stands: "{Ann}'s item was taken",
			Was: "{Ann}'s item was taken", Done: "taken {Ann}'s item", Twice: "Whose item will have been taken twice at the end?",
			Has: "was given the item", Never: "never get the item",
			Whom: "the database", Replies: "takes the item for", Refuses: "takes nothing", Idle: "takes no item",
			Takes: "takes", Taken: "taken", Took: "took", Ledger: "stock taken", InAll: "done",
		},
	},
}

// Businesses are all there are, in the order in which a list shows them.
func Businesses() []Business {
	all := make([]Business, len(businesses))
	for i := range all {
		all[i] = Business(i)
	}
	return all
}

// Info returns the row of a business.
func (b Business) Info() *BusinessInfo { return &businesses[b] }

// Words are how people talk in the business.
func (b Business) Words() *BusinessWords { return &businesses[b].Words }

// String returns the name as a file gives it.
func (b Business) String() string { return b.Info().Name }

// Unit returns what is counted: cents, mails or items.
func (b Business) Unit() string { return b.Info().Unit }

// Local reports whether the effect is a row in the consumer's own database, so
// that it can join an open transaction and be rolled back.
func (b Business) Local() bool { return b.Info().Local }

// HonoursKeys reports whether the receiver drops a request whose idempotency key
// it has seen.
func (b Business) HonoursKeys() bool { return b.Info().HonoursKeys }

// Units returns what one effect of an amount of cents counts in this business.
func (b Business) Units(cents int64) int64 {
	if b.Info().Money {
		return cents
	}
	return 1
}
