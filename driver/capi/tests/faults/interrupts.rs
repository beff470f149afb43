//! The faults in interrupts, bound to open and to closed ports.

use super::list::Fault;

pub const FAULTS: &[Fault] = &[
    Fault {
        rule: "I7",
        file: "driver/capi/src/interrupts.rs",
        find: "if options > 1 {",
        replace: "if options > 2 {",
        case: "bind_checks_options_interrupt_port_and_then_its_state",
    },
    Fault {
        rule: "I8",
        file: "driver/src/interrupt/state.rs",
        find: "let sends = self.state == State::Triggered ||",
        replace: "let sends = self.state == State::Destroyed ||",
        case: "binding_a_triggered_interrupt_queues_its_packet",
    },
    Fault {
        rule: "I10",
        file: "driver/src/interrupt/state.rs",
        find: "        let lost = self.is_pending();\n        self.state = State::Triggered;\n",
        replace: "        let lost = self.is_pending();\n        self.state = State::NeedAck;\n",
        case: "an_unread_packet_goes_back_to_its_interrupt_when_that_is_unbound",
    },
    Fault {
        rule: "I13",
        file: "driver/capi/src/interrupts.rs",
        find: "        if options != 0 {\n            return Err(Status::INVALID_ARGS);\n        }\n        get::<InterruptObject>(interrupt, Rights::SIGNAL)?.trigger(timestamp)",
        replace: "        get::<InterruptObject>(interrupt, Rights::SIGNAL)?.trigger(timestamp + i64::from(options))",
        case: "trigger_checks_options_handle_kind_and_state",
    },
    Fault {
        rule: "I14",
        file: "driver/src/interrupt/state.rs",
        find: "let recorded = !self.is_pending();",
        replace: "let recorded = true;",
        case: "three_triggers_give_two_packets",
    },
    Fault {
        rule: "I18",
        file: "driver/src/interrupt/state.rs",
        find: "            _ if !self.bound => Err(Status::BAD_STATE),\n            State::Destroyed => Err(Status::CANCELED),\n            State::NeedAck if self.is_pending() => {",
        replace: "            _ if !self.bound => Err(Status::CANCELED),\n            State::Destroyed => Err(Status::CANCELED),\n            State::NeedAck if self.is_pending() => {",
        case: "ack_wait_and_destroy_check_handle_type_right_and_binding",
    },
    Fault {
        rule: "I20",
        file: "driver/src/interrupt/state.rs",
        find: "Ok(if queued { Acked::Dropped } else { Acked::Send(stamp) })",
        replace: "Ok(Acked::Send(stamp))",
        case: "ack_before_the_read_with_a_trigger_pending_fails_and_drops_it",
    },
    Fault {
        rule: "I26",
        file: "driver/src/interrupt/state.rs",
        find: "let unacknowledged = self.bound &&",
        replace: "let unacknowledged = !self.bound &&",
        case: "destroy_takes_the_unread_packet_and_says_when_one_was_read",
    },
    Fault {
        rule: "I28",
        file: "driver/src/object/bridge.rs",
        find: "let _ = self.interrupt.destroy();",
        replace: "",
        case: "destroy_wakes_the_waiter",
    },
    Fault {
        rule: "I30",
        file: "driver/src/interrupt/software.rs",
        find: "signals.strobe(Signals::UNTRIGGERED);",
        replace: "",
        case: "untriggered_is_cleared_by_triggers_and_set_by_what_acknowledges",
    },
    Fault {
        rule: "I23",
        file: "driver/src/interrupt/state.rs",
        find: "if enlisted { Ok(Wait::Block) } else { self.wait() }",
        replace: "if enlisted || self.state == State::Waiting { Ok(Wait::Block) } else { self.wait() }",
        case: "of_those_who_wait_for_an_interrupt_at_once_none_is_forgotten",
    },
    Fault {
        rule: "H3",
        file: "driver/src/port/queue.rs",
        find: "        self.closed = true;\n        self.close();\n",
        replace: "        self.closed = true;\n        self.close();\n        while let Popped::Event(_) = self.pop_interrupt() {}\n",
        case: "closing_a_port_leaves_the_packet_of_an_interrupt_in_it",
    },
    Fault {
        rule: "H3",
        file: "driver/src/port/queue.rs",
        find: "        if matches!(entry.what, What::Interrupt { .. }) {\n            entry.source.queued.fetch_add",
        replace: "        if self.closed {\n            return;\n        }\n        if matches!(entry.what, What::Interrupt { .. }) {\n            entry.source.queued.fetch_add",
        case: "closing_a_port_leaves_the_packet_of_an_interrupt_in_it",
    },
    Fault {
        rule: "I20",
        file: "driver/src/interrupt/state.rs",
        find: "Ok(if queued { Acked::Dropped } else { Acked::Send(stamp) })",
        replace: "self.state = if queued { State::Idle } else { self.state };\n                Ok(if queued { Acked::Dropped } else { Acked::Send(stamp) })",
        case: "ack_before_the_read_with_a_trigger_pending_fails_and_drops_it",
    },
];
