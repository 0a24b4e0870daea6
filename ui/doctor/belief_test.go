package doctor

import (
	"testing"

	"dejavu/scenarios"
	"dejavu/ui/interview"
)

// wrongAnswer is a wrong answer to a question that is written down: in which lesson or
// under which name, and what it says.
type wrongAnswer struct{ of, says string }

// believed says of each wrong answer what somebody thinks who gives it.
var believed = map[wrongAnswer]struct {
	belief   scenarios.Misconception
	sentence string
}{
	{"ghost-charge", "nothing: a queue delivers each order once"}:                                                                    {1, "A queue hands out each message exactly once."},
	{"ghost-charge", "it drops m2, because Bob has paid"}:                                                                            {21, "The queue knows what the bank has done."},
	{"ghost-charge", "nobody: a second charge for one order counts once"}:                                                            {9, "Charging the same order again changes nothing."},
	{"ghost-charge", "only Bob: the crash undid Cy's charge"}:                                                                        {2, "A worker that dies has done nothing."},
	{"ghost-charge", "$0: no worker crashes"}:                                                                                        {23, "If no worker crashes, nothing comes twice."},
	{"ghost-charge", "$135: both orders come twice anyway"}:                                                                          {24, "At-least-once means that each order comes twice."},
	{"where-from", "delivers it, flagged as a duplicate"}:                                                                            {17, "The queue flags what is a duplicate."},
	{"where-from", "keeps it in order: then it does no harm"}:                                                                        {13, "In order, a second message does no harm."},
	{"where-from", "neither: her worker is alive"}:                                                                                   {21, "A queue sees that a frozen worker is alive."},
	{"where-from", "only NAIVE's"}:                                                                                                   {1, "A queue that remembers IDs never delivers twice."},
	{"where-from", "only NAIVE"}:                                                                                                     {1, "A queue that remembers IDs catches every duplicate."},
	{"where-from", "neither: each message is delivered once"}:                                                                        {3, "If the queue repeats nothing, there is no duplicate."},
	{"where-from", "Dee: her second message has a new ID"}:                                                                           {25, "What is the same order has the same message ID, and only that shows it."},
	{"where-from", `Ann and Cy: without a "done" nothing was recorded`}:                                                              {2, "Without an ack nothing was recorded."},
	{"three-orders", "nobody: her order comes again"}:                                                                                {5, "A redelivery repairs what a crash left undone after the record."},
	{"three-orders", "INBOX: the crash lost her order"}:                                                                              {27, "A crash takes the order with it."},
	{"three-orders", "MARK-FIRST: the crash undid its record"}:                                                                       {2, "A crash undoes all that came before it."},
	{"three-orders", "nobody: each records what was taken"}:                                                                          {6, "The record is always written once the work is done."},
	{"three-orders", "finds the record"}:                                                                                             {4, "Whoever looks before acting sees the other worker."},
	{"three-orders", "waits: looking locks the row"}:                                                                                 {20, "A look locks, and the lock keeps the second worker out."},
	{"three-orders", "it comes again: the queue sees the crash"}:                                                                     {21, "The queue sees that a worker died, also after its ack."},
	{"three-orders", `it is taken once: no duplicate comes after "done"`}:                                                            {18, "After an early ack all is done, and nothing comes twice."},
	{"store-must-survive", "yes: if an ack is lost, nothing is recorded"}:                                                            {2, "Without an ack nothing was recorded."},
	{"store-must-survive", "no: her order is flagged as sent again"}:                                                                 {17, "The redelivered flag is what stops a duplicate."},
	{"store-must-survive", "finds his ID, as it found Ann's"}:                                                                        {14, "What went well once will go well again."},
	{"store-must-survive", "gives his order back: a duplicate is an error"}:                                                          {16, "An idempotent consumer answers a duplicate with an error."},
	{"store-must-survive", "nobody: a list remembers the first copy for the second"}:                                                 {8, "A list in memory is there for every worker."},
	{"store-must-survive", "both: nothing stops two copies at once"}:                                                                 {22, "Against two copies at once there is no remedy."},
	{"store-must-survive", "$0: the lists are kept"}:                                                                                 {8, "Without a deploy, memory is a store."},
	{"store-must-survive", `$135: Bob's "done" is lost all the same`}:                                                                {2, "Without an ack nothing was recorded."},
	{"outside-world", "keeps the record: it came first"}:                                                                             {5, "What is recorded first stays, whatever comes."},
	{"outside-world", "rolls record and charge back"}:                                                                                {7, "A rollback takes the charge back."},
	{"outside-world", "an error, and Bob has not paid"}:                                                                              {2, "If the call fails, the bank has done nothing."},
	{"outside-world", "success, and Bob has paid"}:                                                                                   {21, "The worker knows what the bank has done."},
	{"outside-world", "for both: each attempt has its own key"}:                                                                      {15, "A key belongs to an attempt, so a retry has a new one."},
	{"outside-world", "for neither: both use a transaction"}:                                                                         {7, "A transaction protects the charge, too."},
	{"outside-world", "two: some duplicates always get through"}:                                                                     {22, "No transaction prevents every duplicate."},
	{"outside-world", "one, Ann's: only her worker crashed"}:                                                                         {23, "Only a crash leads to a second effect."},
	{"keys", "by none: the content is the same"}:                                                                                     {10, "Two equal orders are one order."},
	{"keys", "only by INBOX: the others see the same lamp"}:                                                                          {10, "A business key names the thing that is bought."},
	{"keys", "by all three: a new message ID is a new order"}:                                                                        {25, "One order comes under one message ID."},
	{"keys", "by none: the queue delivers nothing twice"}:                                                                            {3, "If the queue repeats nothing, there is no duplicate."},
	{"keys", "INBOX-KEY's, because it knows order-4"}:                                                                                {7, "The record stays, since the charge was made."},
	{"keys", "nobody's, because each retry has a new key"}:                                                                           {15, "Each call has a key of its own."},
	{"keys", "nobody: a rollback takes the mail back"}:                                                                               {7, "What is in a transaction is rolled back, a mail included."},
	{"keys", "only those who keep records: GATEWAY-KEY sends a key"}:                                                                 {26, "A key that is sent along is enough."},
	{"order-and-leases", "waits longer: then nothing comes twice"}:                                                                   {12, "A timeout that is long enough ends all duplicates."},
	{"order-and-leases", "sees that its worker is busy"}:                                                                             {21, "A queue sees whether a worker is at work."},
	{"order-and-leases", "sees that its lease is over, and stops"}:                                                                   {20, "Whoever held a lock notices that it is gone."},
	{"order-and-leases", "takes the same item: that changes nothing"}:                                                                {9, "Taking the same item twice is taking it once."},
	{"order-and-leases", "waits behind it"}:                                                                                          {13, "Every queue keeps messages in order."},
	{"order-and-leases", "fails, too: a queue keeps order"}:                                                                          {13, "In a queue, one failure stops all that is behind it."},
	{"order-and-leases", "takes the item late: late is not twice"}:                                                                   {13, "A mark knows a late order from a repeated one."},
	{"order-and-leases", "acks it, and nothing is missing"}:                                                                          {11, "What is below the mark is done, so dropping it is right."},
	{"order-and-leases", "Ann: no record survives a freeze"}:                                                                         {22, "Against a frozen worker there is no remedy."},
	{"order-and-leases", "Bob: he was overtaken"}:                                                                                    {13, "A consumer is right only if the order is right."},
	{"define it", `"Our queue delivers exactly once. So the handler just charges."`}:                                                 {1, "Our queue delivers exactly once."},
	{"why at least once", `"Then ack first. At most once, and the duplicates are gone."`}:                                            {18, "An early ack ends duplicates, and costs nothing."},
	{"where the ack goes", "at the end, after the work"}:                                                                             {21, "Once the work is done, the queue knows it."},
	{"where the ack goes", "at the beginning, so that no other worker gets the message"}:                                             {18, "An early ack keeps others away, and costs nothing."},
	{"where the IDs are kept", `in Redis first: "busy" with an expiry, then the charge, then "done" (a lease)`}:                      {8, "A cache beside the bank is a store for IDs."},
	{"where the IDs are kept", "in a table first: the worker that wrote the ID charges (SETNX)"}:                                     {5, "Whoever has recorded the ID will also charge."},
	{"where the IDs are kept", "in the database, in the same transaction as the charge"}:                                             {7, "A transaction holds the charge, too."},
	{"where the IDs are kept", "in the memory of the process: it is fastest"}:                                                        {8, "A process keeps its memory."},
	{"effect, mark, commit, ack", "record the ID, charge, ack"}:                                                                      {5, "Whoever has recorded the ID will also charge."},
	{"effect, mark, commit, ack", "charge, record the ID, ack"}:                                                                      {6, "After the charge the record is as good as written."},
	{"effect, mark, commit, ack", "begin, record, charge, commit, ack"}:                                                              {7, "A transaction holds the charge, too."},
	{"message ID or business key", "the message ID"}:                                                                                 {25, "One order comes under one message ID."},
	{"message ID or business key", "none: the broker drops an ID it has seen (its dedup window)"}:                                    {1, "The broker catches every duplicate."},
	{"two workers, same millisecond", "each looks in the table first, and writes the ID after the work"}:                             {4, "Whoever looks first sees the other."},
	{"two workers, same millisecond", "each keeps the IDs in its memory"}:                                                            {8, "Two workers share a memory."},
	{"same key, other payload", `"We need no keys. We hash each message's content, and drop a hash we have seen."`}:                  {10, "Equal content is the same order."},
	{"a duplicate while the first is at work", "it sees the first worker's mark and acks; the first removes its mark if it fails"}:   {11, "A duplicate can be dropped as soon as the first has begun."},
	{"a duplicate while the first is at work", "it does the work too, because nothing is recorded yet"}:                              {4, "A look that finds nothing says that nobody is at it."},
	{"a duplicate while the first is at work", `it sees "busy", which expires, and comes back later (a lease)`}:                      {20, "A lock keeps the second worker out until the first is done."},
	{"the effect is a third-party API", "one transaction around the record and the call"}:                                            {7, "A transaction holds the call, too."},
	{"the effect is a third-party API", "a new key for each call: it must be unique"}:                                                {15, "A key must be unique for each call."},
	{"the effect is a third-party API", "ask the bank first: was this order charged? If not, charge"}:                                {4, "Between the question and the charge nothing happens."},
	{"a receiver without keys", "one transaction around the record and the mail"}:                                                    {7, "A transaction holds the mail, too."},
	{"a receiver without keys", "record first: no mail is better than two"}:                                                          {5, "If recorded first, a mail is at worst a little late."},
	{"a receiver without keys", "record afterwards: two mails are better than none"}:                                                 {6, "If recorded last, a mail is sent once anyway."},
	{"Kafka's exactly-once", `"So we put everything into one transaction, also the charge."`}:                                        {7, "A Kafka transaction holds the charge, too."},
	{"outbox and inbox", "an outbox: the charge is a row beside the order, and a relay sends it"}:                                    {19, "A relay sends each row once."},
	{"outbox and inbox", "an inbox: message ID, order and charge in one transaction"}:                                                {7, "A transaction holds the charge, too."},
	{"how long to keep keys", "as long as the broker remembers: 5 minutes (its dedup window)"}:                                       {1, "The broker's window is as long as duplicates come."},
	{"how long to keep keys", "longer than any retry of the queue: half an hour"}:                                                    {8, "Whatever comes again comes soon."},
	{"how long to keep keys", `an hour, in Redis, as "done" (a lease)`}:                                                              {8, "Whatever comes again comes within an hour."},
	{"the store of the IDs is down", "go on without it: twice is better than late (fail open)"}:                                      {9, "Now and then twice does no harm."},
	{"the store of the IDs is down", "give the message back until the store answers (fail closed)"}:                                  {6, "Once the work is done, its record can still be written later."},
	{"the store of the IDs is down", "drop the message: none is better than two"}:                                                    {11, "A dropped message is a finished one."},
	{"storage at 10 k/s", `"Too much. Our messages are numbered, so we keep the highest number and drop any message not above it."`}: {13, "Messages come in the order of their numbers."},
	{"FIFO against standard queues", `"We are on SQS FIFO, so the handler just charges."`}:                                           {13, "A FIFO queue delivers once."},
	{"zombies and fencing", "a lease: no other worker works on the message meanwhile"}:                                               {20, "A lock keeps the second worker out until the first is done."},
	{"zombies and fencing", "a lease with a number, and the stock refuses an old number (a fencing token)"}:                          {20, "If only one worker is let in, the work is done once."},
	{"ordering and dedup", `"A few come out of order. We keep the highest number and take from stock; the late ones will be fine."`}: {13, "What comes late is not below the mark."},
	{"make a decrement idempotent", "it is one statement, and a statement is atomic: leave it"}:                                      {9, "What is atomic can be repeated."},
	{"make a decrement idempotent", "first record that this message was seen, then subtract"}:                                        {5, "Whoever has recorded the ID will also subtract."},
	{"how do you test it", `"Seen IDs are in a map. Our test hands the handler one message twice, and it passes."`}:                  {14, "What passes a test is right."},
	{"trade-offs", `"Ours is three lines: mark the message, charge, and remove the mark if the charge fails."`}:                      {2, "If the call fails, the bank has done nothing."},
	{"how would you notice", `"We mark each message before we charge. In half a year nobody was charged twice: all is well."`}:       {5, "Recording first does no harm: nothing comes twice."},
}

func TestEveryWrongAnswerHasTheMisconceptionOfItsGiver(t *testing.T) {
	seen := map[wrongAnswer]bool{}
	hold := func(of, says string, belief scenarios.Misconception) {
		if belief == 0 {
			return
		}
		a := wrongAnswer{of, says}
		seen[a] = true
		if want, known := believed[a]; !known || want.belief != belief {
			t.Errorf("%s: who says %q believes what? %s: %s", of, says, belief, belief.Text())
		}
	}
	for _, l := range scenarios.Lessons() {
		for _, q := range asked(l) {
			for _, c := range q.Choices {
				hold(l.Name, c.Text, c.Belief)
			}
		}
	}
	for _, q := range interview.Questions() {
		for _, c := range q.Choices {
			hold(q.Name, c.Says, c.Belief)
		}
		if q.Follow != nil {
			hold(q.Name, q.Follow.Says, q.Follow.Belief)
		}
	}
	for a := range believed {
		if !seen[a] {
			t.Errorf("%s: nobody can say %q", a.of, a.says)
		}
	}
}

// asked are the questions of a lesson, in order.
func asked(l *scenarios.Lesson) (all []*scenarios.Quiz) {
	for i := range l.Stops {
		if q := l.Stops[i].Question; q != nil {
			all = append(all, q)
		}
	}
	if l.Change != nil && l.Change.Question != nil {
		all = append(all, l.Change.Question)
	}
	return all
}
