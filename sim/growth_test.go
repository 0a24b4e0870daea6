package sim_test

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
	"dejavu/sim/testkit"
)

// growthMessages is set for the process that TestNoLineRunsMoreOftenInALongRun starts: of
// how many messages its runs are.
const growthMessages = "DEJAVU_GROWTH"

// What a run does for a message must not grow with the run. Time would tell it badly, so
// the lines are counted: in a run of sixteen times the messages each line runs sixteen
// times as often, give or take chance and what a longer search in a sorted list takes.
func TestNoLineRunsMoreOftenInALongRun(t *testing.T) {
	testkit.Long(t)
	bin := filepath.Join(t.TempDir(), "counting.test")
	build := exec.Command("go", "test", "-c", "-covermode=count", "-coverpkg=dejavu/sim,dejavu/broker", "-o", bin, "dejavu/sim")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	const messages, times, chance, few = 100, 16, 8, 200_000
	short, long := lineCounts(t, bin, messages), lineCounts(t, bin, times*messages)
	if len(short) == 0 {
		t.Fatal("no line was counted")
	}
	for line, n := range long {
		if n > few && n > chance*times*short[line] {
			t.Errorf("%s ran %d times with %d messages, and %d times with %d: does it walk over all that there is?",
				line, short[line], messages, n, times*messages)
		}
	}
}

// lineCounts returns how often each block of lines ran in the runs of TestRunsToCount.
func lineCounts(t *testing.T, bin string, messages int) map[string]int {
	profile := filepath.Join(t.TempDir(), "counts")
	run := exec.Command(bin, "-test.run", "^TestRunsToCount$", "-test.coverprofile", profile)
	run.Env = append(os.Environ(), growthMessages+"="+strconv.Itoa(messages))
	if out, err := run.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	f, err := os.Open(profile)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	counts := map[string]int{}
	lines := bufio.NewScanner(f)
	lines.Scan() // the mode
	for lines.Scan() {
		fields := strings.Fields(lines.Text()) // where, how many statements, how often
		n, err := strconv.Atoi(fields[2])
		if err != nil {
			t.Fatal(err)
		}
		counts[fields[0]] += n
	}
	return counts
}

// TestRunsToCount is what TestNoLineRunsMoreOftenInALongRun counts: every consumer under
// every kind of fault, with few groups and with many.
func TestRunsToCount(t *testing.T) {
	messages, err := strconv.Atoi(os.Getenv(growthMessages))
	if err != nil {
		t.Skip("the runs of TestNoLineRunsMoreOftenInALongRun")
	}
	fifo, _ := broker.Preset("sqs-fifo")
	for _, c := range consumers.All() {
		for _, k := range sim.FaultKinds() {
			for _, queue := range []broker.Profile{broker.Default(), fifo} {
				lane := busyLane(c, messages, sim.Rates{k: .05})
				for i := range lane.Messages {
					lane.Messages[i].Group, lane.Messages[i].Seq = strconv.Itoa(i%3), i/3+1
				}
				lane.Queue = queue
				lane.Queue.MaxDeliveries = 20 // what is refused for ever is not refused the more often the more there is
				for _, lane.Business = range []sim.Business{sim.Card, sim.Stock} {
					if _, err := sim.Simulate(lane); err != nil {
						t.Fatalf("%s, %s on %s: %v", c.Name, k, queue.Name, err)
					}
				}
			}
		}
	}
}
