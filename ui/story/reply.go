package story

import "dejavu/sim"

// phraseReply appends what the queue made of an ack or nack.
func (l *Lane) phraseReply(s *Line, e *sim.Event, sp *speaker) {
	switch e.Reply {
	case sim.Taken:
		switch {
		case e.Late == sim.AfterDone:
			s.join(Fault, "its ack comes late and changes nothing: it was done already")
		case e.Late != sim.InTime:
			s.join(Fault, "its ack comes late and counts")
		case e.Relayed():
			s.join(Plain, "marks it sent")
		case e.Op == sim.OpAck:
			s.join(Plain, "says done"+sp.term("done")+" first")
		default:
			s.join(Plain, "done"+sp.term("done"))
		}
	case sim.AckIgnored:
		s.join(Fault, "its ack comes too late and is ignored")
	case sim.AckRejected:
		s.join(Fault, "its ack comes too late and is rejected")
	case sim.Returned:
		if e.Relayed() {
			s.join(Plain, "leaves it for later")
			return
		}
		s.join(Plain, "gives it back"+sp.term("back")+l.reason(e))
	case sim.Buried:
		s.join(Wrong, "parked"+sp.term("parked")+": delivered too often")
	case sim.Discarded:
		s.join(Wrong, "dropped: the delivery limit is reached, and there is no dead-letter queue")
	case sim.NackIgnored:
		s.join(Fault, "its nack comes too late and is ignored")
	case sim.NotYet:
		s.join(Dim, "waits for the rest of its batch")
	}
}

// reason is why a handler nacks, if that is its own decision. An error that it was
// answered has been told already.
func (l *Lane) reason(e *sim.Event) string {
	switch say := l.Run.Value(e); say {
	case "", sim.ErrUnavailable.Error(), sim.ErrNoReply.Error(), sim.ErrAckRejected.Error(), sim.ErrFenced.Error():
		return ""
	default:
		return ": " + say
	}
}

// quoted is a value, to be read behind the key that it belongs to.
func quoted(value string) string {
	if value == "" {
		return ""
	}
	return ` "` + value + `"`
}
