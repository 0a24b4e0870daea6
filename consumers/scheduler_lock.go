package consumers

import (
	"time"

	"dejavu/broker"
	"dejavu/sim"
)

// SchedulerLock takes a lock for each run of a job: a row that says until when it is held.
// Whoever finds the lock held skips the run.
//
// It promises only that nothing is stuck. Several replicas of a scheduler fire the same
// run, and one of them takes the lock. It keeps the lock for ten minutes, also when the
// run is over: so a replica that fires late finds it. The row is compared with the clock
// of whoever asks. A replica whose clock is ahead finds the lock free too early, and two
// replicas do the run. So does a run that takes longer than the lock lasts. After a crash
// the lock stays, every other replica has skipped the run, and nobody does it. An error
// frees the lock, but it may come after the effect. It costs a row for each run of the
// last ten minutes, and one round trip.
//
// ShedLock does so if lockAtLeastFor is as long as lockAtMostFor, but there an error keeps
// the lock, and one row serves all runs of a job. Its JdbcTemplate provider compares with the clock of the application server, unless it
// is told usingDbTime().
var SchedulerLock = register(sim.Consumer{
	Name:     "scheduler-lock",
	Clause:   "take a lock that ends at a set time, or skip the run; clocks must agree",
	Identity: sim.BusinessKey,
	Handle: func(p *sim.Proc, m broker.Message) error {
		if !p.DB.InsertFor("locks", m.Key, 10*time.Minute) {
			return nil // another replica has it
		}
		if err := p.Perform(m); err != nil {
			p.DB.Delete("locks", m.Key)
			return err
		}
		return nil
	},
	Claims: sim.Everywhere(sim.NeverStuck),
})
