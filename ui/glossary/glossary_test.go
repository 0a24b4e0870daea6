package glossary_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"dejavu/scenarios"
	"dejavu/sim"
	"dejavu/ui/glossary"
)

func each(f func(family string, e *glossary.Term)) {
	for _, family := range glossary.Families() {
		for i := range family.Entries {
			f(family.Title, &family.Entries[i])
		}
	}
}

func TestNoTwoEntriesHaveOneName(t *testing.T) {
	seen := map[string]string{}
	each(func(_ string, e *glossary.Term) {
		if other, twice := seen[glossary.Key(e.Name)]; twice {
			t.Errorf("%s and %s are looked up by the same letters: make one of them", other, e.Name)
		}
		seen[glossary.Key(e.Name)] = e.Name
	})
}

// Of two pages that claim one word, a reader would see the one that comes first in a list.
func TestNoWordLeadsToTwoPages(t *testing.T) {
	claims := map[string]string{}
	each(func(_ string, e *glossary.Term) {
		for _, word := range slices.Concat([]string{e.Name}, e.Said, e.Named) {
			if other := claims[glossary.Key(word)]; other != "" && other != e.Name {
				t.Errorf("%q leads to %s and to %s: leave it to one of them", word, other, e.Name)
			}
			claims[glossary.Key(word)] = e.Name
		}
	})
}

// A word for something else is a reason to read a page only if the page says what it is.
func TestWhatAPageNamesStandsInItsText(t *testing.T) {
	named := 0
	each(func(_ string, e *glossary.Term) {
		for _, word := range e.Named {
			named++
			if !strings.Contains(glossary.Key(e.Is+" "+e.Breaks), glossary.Key(word)) {
				t.Errorf("%s does not say what %q is: say it in its text, or give it a page", e.Name, word)
			}
		}
	})
	if named == 0 {
		t.Error("no page names anything")
	}
}

// Each of these led to a page that says the opposite, or of something else. A page that
// says the first may not say the second.
func TestAWordIsNotTakenForItsOpposite(t *testing.T) {
	for _, c := range []struct{ word, says, not string }{
		{"SKIP LOCKED", "pass over", "second worker waits"},
		{"advisory lock", "no time limit", "expires"},
		{"pg_advisory_lock", "session ends", "expires"},
		{"READ COMMITTED", "Each statement of the transaction sees", "Results and the offsets"},
		{"read_committed", "reader skips records of aborted transactions", ""},
		{"lost update", "second write replaces the first", "nothing can still bring it"},
		{"INSERT ... WHERE NOT EXISTS", "both insert", "It is exact"},
		{"MERGE INTO", "both insert", "It is exact"},
		{"reject", "requeue=false", "delivers it again"},
		{"rolling restart", "one process after another", "All processes lose"},
		{"maxmemory", "write gets an error", ""},
		{"sidekiq", "the job is gone", "renews it"},
		{"nats", "without JetStream, keeps nothing", ""},
		{"rate limit", "caps the calls per second", ""},
		{"bulkhead", "the calls at one time", ""},
		{"deadlock", "aborts one of them", "stays pending for ever"},
		{"redlock", "majority", ""},
		{"exponential backoff", "longer after each failure", ""},
		{"saga", "chain of local transactions", ""},
		{"recovery point", "ends in a recovery point", ""},
		{"lambda", "takes a batch from SQS", ""},
		{"retry_after", "whether or not its worker still works", "after an error"},
		{"Retry-After", "HTTP header", ""},
		{"requires_new", "", ""},
	} {
		e, known := glossary.Find(c.word)
		page := e.Is + " " + e.Breaks
		switch {
		case c.says == "" && known:
			t.Errorf("%q is taken for %s, which it is not", c.word, e.Name)
		case !strings.Contains(page, c.says):
			t.Errorf("%q leads to %s, which does not say %q:\n%s", c.word, e.Name, c.says, page)
		case c.not != "" && strings.Contains(page, c.not):
			t.Errorf("%q leads to %s, which says %q", c.word, e.Name, c.not)
		}
	}
}

// What reporters of real incidents wrote, and the page that answers each.
func TestTheWordsOfRealIncidentsAreAnswered(t *testing.T) {
	for name, words := range map[string][]string{
		"prefetch":                {"prefetch", "prefetch_count", "QoS", "basic.qos"},
		"ReportBatchItemFailures": {"batchItemFailures", "partial batch response", "partial failure"},
		"max.poll.interval.ms":    {"max.poll.interval.ms", "poll interval"},
		"session timeout":         {"session.timeout.ms"},
		"CommitFailedException":   {"CommitFailedException", "ILLEGAL_GENERATION"},
		"unique job":              {"ShouldBeUnique", "until executed", "unique jobs"},
		"stalled job":             {"stalled", "stuck job", "orphaned job"},
		"lease":                   {"lock ttl", "mutex", "distributed lock"},
		"leader election":         {"leader election", "ShedLock"},
		"retry_after":             {"retry_after"},
		"requeue":                 {"requeue", "basic.nack", "nack requeue"},
		"MessageLockLost":         {"MessageLockLostException", "lock lost"},
		"consumer_timeout":        {"consumer_timeout", "delivery acknowledgement timeout"},
		"PRECONDITION_FAILED":     {"PRECONDITION_FAILED", "406", "unknown delivery tag"},
		"isolation level":         {"isolation level", "phantom", "REPEATABLE READ"},
		"SERIALIZABLE":            {"SERIALIZABLE", "40001"},
		"unique violation":        {"unique violation", "23505", "duplicate key error"},
		"aborted transaction":     {"current transaction is aborted", "25P02"},
		"savepoint":               {"SAVEPOINT"},
		"deduplication ID":        {"deduplication id", "MessageDeduplicationId"},
		"ETA":                     {"eta", "countdown", "delayed job"},
		"graceful shutdown":       {"SIGTERM", "graceful shutdown", "drain"},
		"after_commit":            {"after_commit", "transaction_on_commit", "transaction.on_commit", "enqueue after commit"},
		"409 Conflict":            {"409", "409 Conflict"},
		"heartbeat":               {"heartbeat timeout"},
		"fan-out":                 {"fan-out", "fanout", "multiple handlers"},
		"last write wins":         {"last write wins", "stale update"},
		"event sourcing":          {"event sourcing"},
		"sequence gap":            {"sequence gap"},
		"retry storm":             {"retry storm", "thundering herd", "backpressure"},
		"exponential backoff":     {"exponential backoff", "jitter"},
		"locked_at":               {"locked_at", "locked_until"},
		"twice":                   {"duplicate charge", "charged twice", "duplicate email"},
		"saga":                    {"saga"},
		"compensation":            {"compensation"},
		"Redlock":                 {"Redlock"},
	} {
		for _, word := range words {
			if e, known := glossary.Find(word); !known || e.Name != name {
				t.Errorf("%q is taken for %q, want %q", word, e.Name, name)
			}
		}
	}
}

func TestEveryKindOfFaultHasAnEntry(t *testing.T) {
	entries := map[string]bool{}
	each(func(_ string, e *glossary.Term) { entries[e.Name] = true })
	for _, name := range sim.FaultNames() {
		if !entries[name] {
			t.Errorf("%s: explain says nothing of it: add it to faults.go", name)
		}
	}
}

// Whoever reads a key of a queue in a file can look it up.
func TestEveryFieldOfAQueueHasAPage(t *testing.T) {
	var schema struct {
		Definitions struct {
			Queue struct {
				Properties map[string]any `json:"properties"`
			} `json:"queue"`
		} `json:"definitions"`
	}
	if err := json.Unmarshal(scenarios.Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	keys := schema.Definitions.Queue.Properties
	if len(keys) < 20 {
		t.Fatalf("a queue has only the keys %v", keys)
	}
	for key := range keys {
		if _, known := glossary.Find(key); !known && key != "profile" { // its names are pages
			t.Errorf("%s: explain says nothing of it: add it to profile.go", key)
		}
	}
}

func TestEveryEntrySaysWhatItIsInWholeSentences(t *testing.T) {
	each(func(family string, e *glossary.Term) {
		if e.Is == "" {
			t.Errorf("%s, %s: does not say what it is", family, e.Name)
		}
		for _, text := range []string{e.Is, e.Breaks} {
			if text != "" && (strings.Trim(text[len(text)-1:], ".?") != "" || strings.Contains(text, "  ")) {
				t.Errorf("%s: %q is no whole sentence", e.Name, text)
			}
		}
	})
}

func TestEveryWordThatIsReferredToIsExplained(t *testing.T) {
	each(func(_ string, e *glossary.Term) {
		for _, word := range slices.Concat(e.See, []string{e.Shows}) {
			if _, known := glossary.Find(word); !known && word != "" {
				t.Errorf("%s refers to %q, which is not explained", e.Name, word)
			}
		}
		if len(e.See) == 0 {
			t.Errorf("%s refers to nothing: a reader should find the way on", e.Name)
		}
	})
}

func TestCaseAndPunctuationDoNotMatter(t *testing.T) {
	for typed, name := range map[string]string{
		"at least once": "at-least-once", "Exactly-Once": "exactly-once", "exactly once": "exactly-once", "SELECT ... FOR UPDATE": "SELECT FOR UPDATE",
		"setnx": "SETNX", "transactional": "@Transactional", "idempotency_key": "idempotency key", "Pub/Sub": "pubsub", "XA/2PC": "XA",
		"leases": "lease", "dead letter queues": "dead-letter queue", "INSERT ... ON CONFLICT DO NOTHING": "ON CONFLICT", "kafka": "kafka", "Kafka": "kafka",
	} {
		if e, known := glossary.Find(typed); !known || e.Name != name {
			t.Errorf("%q is taken for %q, want %q", typed, e.Name, name)
		}
	}
	for _, nothing := range []string{"", "...", "s", "foobar"} {
		if e, known := glossary.Find(nothing); known {
			t.Errorf("%q is taken for %q", nothing, e.Name)
		}
	}
}
