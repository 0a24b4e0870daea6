package main

// systems are where each preset can be measured, by its name.
var systems = map[string]*system{
	"sqs-standard":         {is: "Amazon SQS runs at Amazon only; emulators contradict each other"},
	"sqs-fifo":             {is: "Amazon SQS runs at Amazon only; emulators contradict each other"},
	"servicebus-peeklock":  {is: "Azure Service Bus runs at Azure only"},
	"jetstream":            &jetStream,
	"redis-streams":        &redisStreams,
	"pubsub":               &pubSub,
	"rabbitmq-quorum":      &rabbitMQ,
	"kafka":                &kafkaGroup,
	"kafka-share":          &kafkaShare,
	"beanstalkd":           &beanstalk,
	"postgres-skip-locked": &postgresTable,
	"bullmq":               {is: "BullMQ runs in Node, which this module does without"},
	"celery-redis":         {is: "Celery runs in Python, which this module does without"},
}
