package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// kafkaShare is a share group that reads one partition. Its members send their requests
// one by one: a client library would acknowledge by itself what it holds at the next poll.
var kafkaShare = system{
	is:    "kfake, franz-go's fake of a broker,",
	start: startKafkaShare,
	probes: map[string]probe{
		"Redeliver":     {measure: redeliver, scaled: "a lock of 2 s"},
		"Visibility":    {measure: kafkaShareLock, scaled: "as the fake answers a fetch, with nothing set"},
		"Heartbeat":     {measure: onQueue(heartbeat), scaled: "a lock of 2 s"},
		"LateAck":       {measure: onQueue(lateAck), scaled: "a lock of 2 s"},
		"StaleAck":      {measure: onQueue(staleAck), scaled: "a lock of 2 s"},
		"StaleNack":     {measure: onQueue(staleNack), scaled: "a lock of 2 s"},
		"Rejects":       {measure: onQueue(rejects), scaled: "a lock of 2 s"},
		"BadAckCloses":  {measure: onQueue(badAckCloses), scaled: "an ack twice"},
		"MaxDeliveries": {measure: onQueue(maxDeliveries), scaled: "released each time"},
		"FreeNacks":     {measure: onQueue(freeNacks)},
		"NackDelay":     {measure: onQueue(nackDelay), scaled: "released"},
		"Order":         {measure: onQueue(order), scaled: "a lock of 2 s"},
		"AckUnit":       {measure: onQueue(ackUnit), scaled: "a lock of 2 s"},
		"Assign":        {measure: onQueue(assign), scaled: "two members, one partition"},
	},
	left: map[string]string{
		"HeartbeatInterval": "a silent member loses its locks before its session of 45 s is over",
		"AtLimit":           "no dead-letter queue holds what is archived: documentation only",
		"Backoff":           "there is none",
		"Batch":             "a member asks for as many as it wants",
		"DedupWindow":       "the Java client's default: documentation only",
		"DedupBy":           "the Java client's default: documentation only",
	},
	facts: []fact{
		{"a lock that is renewed holds for its whole time again", holds(kafkaShareRenew)},
	},
}

const kafkaLock = 2 * time.Second // what stands for the time of an acquisition lock

// kafkaShares are the clusters that were started, one for each queue.
type kafkaShares struct {
	mu    sync.Mutex
	fakes []*kafkaShareQueue
}

func startKafkaShare(string) (server, error) { return &kafkaShares{}, nil }

func (*kafkaShares) version() string { return moduleVersion("github.com/twmb/franz-go/pkg/kfake") }

func (s *kafkaShares) stop() {
	for _, q := range s.fakes {
		for _, c := range q.clients {
			c.Close()
		}
		q.cluster.Close()
	}
}

func (s *kafkaShares) queue() (queue, error) {
	return s.with(map[string]string{
		"group.share.record.lock.duration.ms": strconv.FormatInt(kafkaLock.Milliseconds(), 10),
		"share.record.lock.sweep.interval.ms": "20",
	})
}

// with makes a cluster with what the caller sets.
func (s *kafkaShares) with(configs map[string]string) (*kafkaShareQueue, error) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "t"), kfake.BrokerConfigs(configs))
	if err != nil {
		return nil, err
	}
	cluster.SetGroupConfigs("workers", map[string]string{"share.auto.offset.reset": "earliest"})
	q := &kafkaShareQueue{cluster: cluster, bodies: map[int64]string{}}
	s.mu.Lock()
	s.fakes = append(s.fakes, q)
	s.mu.Unlock()
	q.producer, err = q.client()
	return q, err
}

// kafkaShareQueue is a topic with one partition, and a share group that reads it.
type kafkaShareQueue struct {
	cluster  *kfake.Cluster
	producer *kgo.Client
	clients  []*kgo.Client
	bodies   map[int64]string // by their offsets
}

func (q *kafkaShareQueue) client() (*kgo.Client, error) {
	c, err := kgo.NewClient(kgo.SeedBrokers(q.cluster.ListenAddrs()...), kgo.DefaultProduceTopic("t"))
	if err == nil {
		q.clients = append(q.clients, c)
	}
	return c, err
}

func (q *kafkaShareQueue) publish(bodies ...string) error {
	for _, body := range bodies {
		r, err := q.producer.ProduceSync(context.Background(), kgo.StringRecord(body)).First()
		if err != nil {
			return err
		}
		q.bodies[r.Offset] = body
	}
	return nil
}

func (q *kafkaShareQueue) consumer() (consumer, error) { return q.member() }

// member joins the group.
func (q *kafkaShareQueue) member() (*kafkaShareMember, error) {
	m := &kafkaShareMember{q: q, id: "member-" + strconv.Itoa(len(q.clients))}
	var err error
	if m.client, err = q.client(); err != nil {
		return nil, err
	}
	join := kmsg.NewPtrShareGroupHeartbeatRequest()
	join.GroupID, join.MemberID, join.SubscribedTopicNames = "workers", m.id, []string{"t"}
	joined, err := join.RequestWith(context.Background(), m.client)
	if err != nil {
		return nil, err
	}
	if err := kerr.ErrorForCode(joined.ErrorCode); err != nil {
		return nil, err
	}
	m.topic = q.cluster.TopicInfo("t").TopicID
	return m, nil
}

func (q *kafkaShareQueue) pass(share float64) {
	time.Sleep(time.Duration(share * float64(kafkaLock)))
}
func (q *kafkaShareQueue) takeBack(consumer) error { q.pass(1.1); return nil }
func (q *kafkaShareQueue) soon() time.Duration     { return kafkaLock * 2 / 5 }

// kafkaShareMember is a member with a share session, which counts its requests.
type kafkaShareMember struct {
	q      *kafkaShareQueue
	client *kgo.Client
	id     string
	topic  [16]byte
	epoch  int32
	lock   time.Duration // as the last fetch was answered
}

// vanish closes the connection, with the session that belongs to it.
func (m *kafkaShareMember) vanish() error {
	m.client.Close()
	return nil
}

func (m *kafkaShareMember) receive(within time.Duration) (*delivery, error) {
	for end := time.Now().Add(within); ; time.Sleep(20 * time.Millisecond) {
		offset, got, err := m.fetch()
		if err != nil {
			return nil, err
		}
		if got {
			return &delivery{
				body:   m.q.bodies[offset],
				ack:    func() error { return m.acknowledge(offset, kgo.AckAccept) },
				nack:   func() error { return m.acknowledge(offset, kgo.AckRelease) },
				reject: func() error { return m.acknowledge(offset, kgo.AckReject) },
				extend: func() error { return m.acknowledge(offset, kgo.AckRenew) },
			}, nil
		}
		if time.Now().After(end) {
			return nil, nil
		}
	}
}

// fetch acquires one record, if one is available.
func (m *kafkaShareMember) fetch() (offset int64, got bool, err error) {
	req := kmsg.NewPtrShareFetchRequest()
	group := "workers"
	req.GroupID, req.MemberID, req.ShareSessionEpoch = &group, &m.id, m.epoch
	req.MaxRecords, req.BatchSize, req.ShareAcquireMode = 1, 1, 1 // no more than it asks for
	req.MaxWaitMillis, req.MaxBytes = 0, 1<<20
	topic, partition := kmsg.NewShareFetchRequestTopic(), kmsg.NewShareFetchRequestTopicPartition()
	partition.PartitionMaxBytes = 1 << 20
	topic.TopicID, topic.Partitions = m.topic, append(topic.Partitions, partition)
	req.Topics = append(req.Topics, topic)
	answer, err := req.RequestWith(context.Background(), m.client)
	if err != nil {
		return 0, false, err
	}
	if err := kerr.ErrorForCode(answer.ErrorCode); err != nil {
		return 0, false, err
	}
	m.epoch++
	m.lock = time.Duration(answer.AcquisitionLockTimeoutMillis) * time.Millisecond
	for _, t := range answer.Topics {
		for _, p := range t.Partitions {
			if err := kerr.ErrorForCode(p.ErrorCode); err != nil {
				return 0, false, err
			}
			for _, r := range p.AcquiredRecords {
				if r.FirstOffset != r.LastOffset {
					return 0, false, errors.New("more than one record was acquired")
				}
				return r.FirstOffset, true, nil
			}
		}
	}
	return 0, false, nil
}

// acknowledge says what is to become of a record. An error other than that the member does
// not hold it is no answer.
func (m *kafkaShareMember) acknowledge(offset int64, as kgo.AckStatus) error {
	req := kmsg.NewPtrShareAcknowledgeRequest()
	group := "workers"
	req.GroupID, req.MemberID, req.ShareSessionEpoch, req.IsRenewAck = &group, &m.id, m.epoch, as == kgo.AckRenew
	topic, partition := kmsg.NewShareAcknowledgeRequestTopic(), kmsg.NewShareAcknowledgeRequestTopicPartition()
	batch := kmsg.NewShareAcknowledgeRequestTopicPartitionAcknowledgementBatch()
	batch.FirstOffset, batch.LastOffset, batch.AcknowledgeTypes = offset, offset, []int8{int8(as)}
	partition.AcknowledgementBatches = append(partition.AcknowledgementBatches, batch)
	topic.TopicID, topic.Partitions = m.topic, append(topic.Partitions, partition)
	req.Topics = append(req.Topics, topic)
	answer, err := req.RequestWith(context.Background(), m.client)
	if err == nil {
		err = kerr.ErrorForCode(answer.ErrorCode)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", errUnclear, err)
	}
	m.epoch++
	err = kerr.ErrorForCode(answer.Topics[0].Partitions[0].ErrorCode)
	if err != nil && !errors.Is(err, kerr.InvalidRecordState) {
		return fmt.Errorf("%w: %w", errUnclear, err)
	}
	return err
}

func kafkaShareLock(s server) (string, error) {
	q, err := s.(*kafkaShares).with(nil)
	if err != nil {
		return "", err
	}
	m, err := q.member()
	if err != nil {
		return "", err
	}
	_, _, err = m.fetch()
	return m.lock.String(), err
}

func kafkaShareRenew(q queue) (bool, error) {
	_, two, held, err := crew(q, "m1")
	if err != nil {
		return false, err
	}
	q.pass(0.6)
	if err := held.extend(); err != nil {
		return false, err
	}
	q.pass(0.5)
	_, early, err := comes(two, q)
	return !early, err
}
