// Package adapters shows how a handler that was written for a queue's own library becomes
// what simtest.Handler takes: copy the one function that you need.
//
// Each turns a message of simtest into one of the library, and what the library's handler
// says into an ack (nil) or a nack (an error).
package adapters

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"dejavu/sim/simtest"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/hibiken/asynq"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Watermill adapts a handler of a Watermill router, with its middleware around it.
func Watermill(handle message.HandlerFunc) simtest.HandlerFunc {
	return func(ctx context.Context, m simtest.Message) error {
		msg := message.NewMessageWithContext(ctx, m.ID, message.Payload(m.Body))
		msg.Metadata.Set("key", m.Key)
		for name, value := range m.Headers { // order does not matter: each is set under its name
			msg.Metadata.Set(name, value)
		}
		_, err := handle(msg)
		return err
	}
}

// SQS adapts a function that handles a message of SQS, and after which the caller deletes it.
func SQS(handle func(context.Context, types.Message) error) simtest.HandlerFunc {
	return func(ctx context.Context, m simtest.Message) error {
		attributes := map[string]types.MessageAttributeValue{"key": {DataType: aws.String("String"), StringValue: aws.String(m.Key)}}
		for name, value := range m.Headers { // order does not matter: each is set under its name
			attributes[name] = types.MessageAttributeValue{DataType: aws.String("String"), StringValue: aws.String(value)}
		}
		return handle(ctx, types.Message{
			MessageId: aws.String(m.ID), Body: aws.String(m.Body), MessageAttributes: attributes,
			ReceiptHandle: aws.String(fmt.Sprintf("%s-%d", m.ID, m.Delivery)),
			Attributes: map[string]string{
				"ApproximateReceiveCount": strconv.Itoa(m.Delivery), "MessageGroupId": m.Group, "SequenceNumber": strconv.Itoa(m.Seq),
			},
		})
	}
}

// Kafka adapts a function that handles a record of franz-go, and after which the caller
// commits its offset.
func Kafka(topic string, handle func(context.Context, *kgo.Record) error) simtest.HandlerFunc {
	return func(ctx context.Context, m simtest.Message) error {
		r := &kgo.Record{Topic: topic, Key: []byte(m.Key), Value: []byte(m.Body), Offset: int64(m.Seq)}
		r.Headers = append(r.Headers, kgo.RecordHeader{Key: "id", Value: []byte(m.ID)})
		for name, value := range m.Headers { // order does not matter: they are looked up by name
			r.Headers = append(r.Headers, kgo.RecordHeader{Key: name, Value: []byte(value)})
		}
		return handle(ctx, r)
	}
}

// Asynq adapts a handler of asynq. The payload is the body of the message.
func Asynq(kind string, handle asynq.Handler) simtest.HandlerFunc {
	return func(ctx context.Context, m simtest.Message) error {
		return handle.ProcessTask(ctx, asynq.NewTaskWithHeaders(kind, []byte(m.Body), m.Headers))
	}
}

// River adapts a worker of river. The arguments of the job are the body of the message,
// in JSON.
func River[T river.JobArgs](worker river.Worker[T]) simtest.HandlerFunc {
	return func(ctx context.Context, m simtest.Message) error {
		job := &river.Job[T]{JobRow: &rivertype.JobRow{ID: int64(m.Seq), Attempt: m.Delivery, EncodedArgs: []byte(m.Body)}}
		if err := json.Unmarshal([]byte(m.Body), &job.Args); err != nil {
			return fmt.Errorf("the body of %s is no job: %w", m.ID, err)
		}
		job.Kind = job.Args.Kind()
		return worker.Work(ctx, job)
	}
}
