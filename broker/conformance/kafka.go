package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"

	"dejavu/broker"
)

// kafkaGroup is a consumer group with one partition.
var kafkaGroup = system{
	is:    "kfake, franz-go's fake of a broker,",
	start: startKafka,
	probes: map[string]probe{
		"Redeliver":      {measure: redeliver, scaled: "a member that lives keeps its records; one that leaves gives them up"},
		"LateAck":        {measure: onQueue(lateAck), scaled: "a commit of a member that was thrown out"},
		"StaleAck":       {measure: onQueue(staleAck), scaled: "a commit of a member that was thrown out"},
		"Order":          {measure: onQueue(kafkaOrder)},
		"CommitsBack":    {measure: onQueue(kafkaCommitsBack), scaled: "the commit of the third of three, and then that of the first"},
		"AckUnit":        {measure: onQueue(ackUnit), scaled: "the commit of the third of three"},
		"Assign":         {measure: onQueue(assign), scaled: "two members, one partition"},
		"BadAckCloses":   {measure: onQueue(badAckCloses), scaled: "a commit twice"},
		"SessionTimeout": {measure: kafkaSession, scaled: "the client's default; that a dead member's records wait for its end, with 1.5 s"},
	},
	left: map[string]string{
		"Visibility":        "goes with a timer",
		"Heartbeat":         "it extends a timeout, and there is none",
		"HeartbeatInterval": "a group has sessions",
		"MaxDeliveries":     "no delivery is counted",
		"AtLimit":           "no delivery is counted",
		"NackDelay":         "there is no nack",
		"StaleNack":         "there is no nack",
		"FreeNacks":         "there is no nack",
		"MaxNacks":          "there is no nack",
		"Backoff":           "there is none",
		"Batch":             "the Java client's default: documentation only",
		"ConsumerTimeout":   "the Java client's default: documentation only; franz-go has none",
		"Rebalance":         "the Java client's default: documentation only",
		"DedupWindow":       "the Java client's default: documentation only",
		"DedupBy":           "the Java client's default: documentation only",
	},
	facts: []fact{
		{"a commit covers what an earlier commit that was lost would have", holds(kafkaNextCommitCovers)},
	},
}

const kafkaSilence = 1500 * time.Millisecond // what stands for the session timeout

// kafkaFakes are the clusters that were started, one for each queue.
type kafkaFakes struct {
	mu    sync.Mutex
	fakes []*kafkaQueue
}

func startKafka(string) (server, error) { return &kafkaFakes{}, nil }

func (*kafkaFakes) version() string { return moduleVersion("github.com/twmb/franz-go/pkg/kfake") }

func (s *kafkaFakes) stop() {
	for _, q := range s.fakes {
		for _, c := range q.members {
			c.client.Close()
		}
		q.admin.Close()
		q.cluster.Close()
	}
}

func (s *kafkaFakes) queue() (queue, error) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "t"), kfake.GroupMinSessionTimeout(kafkaSilence))
	if err != nil {
		return nil, err
	}
	q := &kafkaQueue{cluster: cluster}
	if q.admin, err = kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...), kgo.DefaultProduceTopic("t"),
		kgo.MaxVersions(kversion.V3_8_0())); err != nil { // later ones commit by the ID of a topic
		return nil, err
	}
	s.mu.Lock()
	s.fakes = append(s.fakes, q)
	s.mu.Unlock()
	return q, nil
}

// kafkaQueue is a topic with one partition, and a group that reads it.
type kafkaQueue struct {
	cluster *kfake.Cluster
	admin   *kgo.Client // a client that is in no group
	members []*kafkaMember
}

func (q *kafkaQueue) publish(bodies ...string) error {
	var records []*kgo.Record
	for _, body := range bodies {
		records = append(records, kgo.StringRecord(body))
	}
	return q.admin.ProduceSync(context.Background(), records...).FirstErr()
}

func (q *kafkaQueue) consumer() (consumer, error) { return q.member() }

// member joins the group, with what the caller sets besides.
func (q *kafkaQueue) member(more ...kgo.Opt) (*kafkaMember, error) {
	client, err := kgo.NewClient(append([]kgo.Opt{
		kgo.SeedBrokers(q.cluster.ListenAddrs()...), kgo.ConsumerGroup("workers"), kgo.ConsumeTopics("t"), kgo.DisableAutoCommit(),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.SessionTimeout(kafkaSilence), kgo.HeartbeatInterval(200 * time.Millisecond),
	}, more...)...)
	if err != nil {
		return nil, err
	}
	m := &kafkaMember{q: q, client: client}
	q.members = append(q.members, m)
	return m, nil
}

func (q *kafkaQueue) pass(share float64)  { time.Sleep(time.Duration(share * float64(kafkaSilence))) }
func (q *kafkaQueue) soon() time.Duration { return 3 * time.Second } // a rebalance has to end

// takeBack throws a member out of the group while it lives: so does a client whose handler
// takes longer than max.poll.interval.ms. Afterwards it stays away.
func (q *kafkaQueue) takeBack(c consumer) error {
	m := c.(*kafkaMember)
	m.last()
	m.out = true
	leave := kmsg.NewLeaveGroupRequest()
	leave.Group, leave.MemberID = "workers", m.id
	who := kmsg.NewLeaveGroupRequestMember()
	who.MemberID = m.id
	leave.Members = append(leave.Members, who)
	_, err := leave.RequestWith(context.Background(), q.admin)
	m.client.Close()
	return err
}

// kafkaMember is a member of the group. It commits by hand, with its own ID and the
// generation that it knows.
type kafkaMember struct {
	q          *kafkaQueue
	client     *kgo.Client
	buffer     []*kgo.Record
	id         string
	generation int32
	out        bool
}

func (m *kafkaMember) last() {
	if !m.out {
		m.id, m.generation = m.client.GroupMetadata()
	}
}

// vanish leaves the group, as a client does that is closed.
func (m *kafkaMember) vanish() error {
	m.client.Close()
	return nil
}

func (m *kafkaMember) receive(within time.Duration) (*delivery, error) {
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	for len(m.buffer) == 0 {
		fetched := m.client.PollFetches(ctx)
		if ctx.Err() != nil {
			return nil, nil
		}
		if err := fetched.Err(); err != nil {
			return nil, err
		}
		m.buffer = fetched.Records()
	}
	r := m.buffer[0]
	m.buffer = m.buffer[1:]
	return &delivery{body: string(r.Value), ack: func() error { return m.commit(r.Offset + 1) }}, nil
}

// commit commits an offset. While the group rebalances it tries again, as clients do.
func (m *kafkaMember) commit(offset int64) error {
	for range 20 {
		m.last()
		req := kmsg.NewOffsetCommitRequest()
		req.Group, req.MemberID, req.Generation = "workers", m.id, m.generation
		topic, partition := kmsg.NewOffsetCommitRequestTopic(), kmsg.NewOffsetCommitRequestTopicPartition()
		topic.Topic, partition.Offset = "t", offset
		topic.Partitions = append(topic.Partitions, partition)
		req.Topics = append(req.Topics, topic)
		answer, err := req.RequestWith(context.Background(), m.q.admin)
		if err != nil {
			return err
		}
		err = kerr.ErrorForCode(answer.Topics[0].Partitions[0].ErrorCode)
		replaced := errors.Is(err, kerr.IllegalGeneration) || errors.Is(err, kerr.UnknownMemberID)
		switch {
		case err == nil || m.out && replaced:
			return err
		case !replaced && !errors.Is(err, kerr.RebalanceInProgress):
			return fmt.Errorf("%w: %w", errUnclear, err)
		}
		time.Sleep(100 * time.Millisecond)
	}
	return errors.New("the group rebalances without end")
}

// kafkaOrder asks whether what comes back takes along all behind it, in order.
func kafkaOrder(q queue) (string, error) {
	one, two, held, err := crew(q, "m1", "m2", "m3")
	if err != nil {
		return "", err
	}
	for range 2 { // it has received all three, and commits the first
		if _, err := received(one, q); err != nil {
			return "", err
		}
	}
	if err := errors.Join(held.ack(), q.takeBack(one)); err != nil {
		return "", err
	}
	bodies, err := rest(two, q)
	if !slices.Equal(bodies, []string{"m2", "m3"}) {
		return "", errors.Join(err, fmt.Errorf("%q came back after the commit of m1", bodies))
	}
	return broker.PartitionOrder.String(), err
}

// kafkaSession returns the session timeout of a client that sets none, if the records of a
// member that dies without a word come to the next one when its session is over.
func kafkaSession(s server) (string, error) {
	made, err := s.queue()
	if err != nil {
		return "", err
	}
	q := made.(*kafkaQueue)
	if err := q.publish("m1"); err != nil {
		return "", err
	}
	dead, err := q.member(kgo.InstanceID("one")) // a member with a name of its own does not say good-bye
	if err != nil {
		return "", err
	}
	if _, err := received(dead, q); err != nil {
		return "", err
	}
	dead.client.Close()
	began := time.Now()
	next, err := q.member()
	if err != nil {
		return "", err
	}
	if _, err := next.receive(10 * time.Second); err != nil {
		return "", err
	}
	if waited := time.Since(began); waited < kafkaSilence/2 {
		return "", errors.New("the next member does not wait for the session of a dead one: " + strconv.FormatInt(waited.Milliseconds(), 10) + " ms")
	}
	unset, err := kgo.NewClient(kgo.SeedBrokers(q.cluster.ListenAddrs()...))
	if err != nil {
		return "", err
	}
	defer unset.Close()
	return fmt.Sprint(unset.OptValue(kgo.SessionTimeout)), nil
}

// kafkaCommits has a member receive three records, and commit the given ones in that
// order. It returns what the next member gets.
func kafkaCommits(q queue, order ...int) ([]string, error) {
	one, two, held, err := crew(q, "m1", "m2", "m3")
	if err != nil {
		return nil, err
	}
	all := []*delivery{held}
	for range 2 {
		d, err := received(one, q)
		if err != nil {
			return nil, err
		}
		all = append(all, d)
	}
	for _, n := range order {
		if err := all[n-1].ack(); err != nil {
			return nil, err
		}
	}
	if err := q.takeBack(one); err != nil {
		return nil, err
	}
	return rest(two, q)
}

func kafkaCommitsBack(q queue) (string, error) {
	bodies, err := kafkaCommits(q, 3, 1)
	return strconv.FormatBool(slices.Equal(bodies, []string{"m2", "m3"})), err
}

func kafkaNextCommitCovers(q queue) (bool, error) {
	bodies, err := kafkaCommits(q, 2)
	return slices.Equal(bodies, []string{"m3"}), err
}
