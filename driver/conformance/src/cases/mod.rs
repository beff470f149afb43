//! The cases, by section of the rules.

mod bad_handles;
mod handles;
mod interrupts;
mod interrupts_create;
mod interrupts_line;
mod lifetime;
mod magenta_interrupts;
mod magenta_objects;
mod magenta_races;
mod magenta_v1;
mod magenta_v2;
mod numbers;
mod policy;
mod ports;
mod ports_wait;
mod races;
mod registrations;
mod timers;
mod waits;

use crate::Zx;
use crate::subject::Kind;

/// One case.
pub struct Case {
    /// Its name, which the table of conformance cites: a sentence.
    pub name: &'static str,
    /// It.
    pub run: Run,
    /// How it ends.
    pub ends: Ends,
}

/// How a case runs.
#[derive(Clone, Copy)]
pub enum Run {
    /// Once.
    Once(fn(Zx)),
    /// On a virtual interrupt, and on a line of each board.
    Interrupt(fn(Zx, Kind)),
    /// On each board, whose resource this is.
    Line(fn(Zx, u32)),
    /// On each simulated board: the case sets levels on its pins, or lets minutes go by.
    Simulated(fn(Zx, u32)),
}

/// How a case ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ends {
    /// It leaves everything as it was.
    Here,
    /// It changes its process for good, so it has one of its own.
    Alone,
    /// Its process, which is its own, is killed.
    Killed,
}

/// Lists cases by the names of their functions.
macro_rules! cases {
    ($($module:ident: $($kind:ident $name:ident $(=> $ends:ident)?),+;)*) => {
        /// Every case.
        pub const CASES: &[Case] = &[$($(
            Case { name: stringify!($name), run: Run::$kind($module::$name), ends: cases!(@ends $($ends)?) },
        )+)*];
    };
    (@ends) => { Ends::Here };
    (@ends $ends:ident) => { Ends::$ends };
}

cases! {
    numbers:
        Once statuses_have_their_numbers_and_names,
        Once first_handles_have_their_types_rights_and_koids,
        Line a_line_has_the_rights_of_an_interrupt,
        Once signals_have_their_bits,
        Once handles_have_their_low_bits_set_and_a_closed_one_is_not_taken_for_another,
        Once options_have_their_values,
        Once clocks_and_slack_modes_have_their_numbers;
    handles:
        Once a_wrong_type_comes_before_a_missing_right,
        Once waits_look_for_the_right_before_the_type,
        Once closing_nothing_is_ok_and_closing_many_goes_on_after_a_bad_one,
        Once a_duplicate_has_at_most_the_rights_of_its_handle,
        Once a_replaced_handle_is_gone_even_when_it_fails,
        Once closing_a_handle_cancels_the_waits_made_through_it,
        Once a_handle_sent_through_a_channel_keeps_its_waits_until_it_is_read,
        Once a_handle_in_a_message_that_dies_unread_is_closed,
        Once a_handle_in_the_reply_to_a_call_has_no_waits_when_it_is_read,
        Once channels_carry_messages_and_say_why_not,
        Once a_channel_call_gets_the_reply_with_its_number,
        Once info_says_how_many_records_there_are;
    bad_handles:
        Once a_bad_handle_is_only_an_error_by_default,
        Once to_ask_whether_a_handle_is_one_does_not_kill => Alone,
        Once a_bad_handle_kills_by_policy => Killed,
        Once a_bad_handle_of_an_interrupt_kills_by_policy => Killed,
        Once a_bad_handle_to_be_signaled_kills_by_policy => Killed,
        Once a_bad_source_of_a_cancel_kills_by_policy => Killed,
        Once a_bad_source_of_a_registration_kills_by_policy => Killed,
        Once a_bad_handle_to_wait_for_kills_by_policy => Killed,
        Once a_bad_handle_among_many_to_wait_for_kills_by_policy => Killed,
        Once a_bad_handle_to_be_closed_kills_by_policy => Killed,
        Once a_bad_handle_to_be_replaced_kills_by_policy => Killed,
        Once a_bad_handle_to_be_sent_kills_by_policy => Killed,
        Once magentas_bad_handle_to_be_closed_kills_by_policy => Killed,
        Once magentas_bad_handle_to_be_sent_kills_by_policy => Killed,
        Once magentas_bad_source_of_a_registration_kills_by_policy => Killed;
    policy:
        Once policy_is_asked_before_the_arguments_of_port_create,
        Once policy_for_new_objects_denies_each_of_them,
        Once a_denied_port_kills_by_policy => Killed,
        Once policy_that_cannot_be_set_is_refused,
        Once slack_policy_that_cannot_be_set_is_refused,
        Once slack_lets_a_wait_end_with_a_timer_inside_its_window => Alone;
    ports:
        Once the_options_of_port_create_are_zero_or_one,
        Once a_port_for_interrupts_takes_other_packets_and_a_plain_one_takes_no_interrupt,
        Once a_port_can_be_neither_waited_for_nor_signaled,
        Once a_port_lives_until_its_last_handle_is_closed,
        Once a_full_handle_table_is_no_memory => Alone,
        Once a_missing_packet_is_found_after_the_handle,
        Once a_queued_packet_keeps_all_but_its_type,
        Once a_port_holds_4097_user_packets_and_any_number_of_others,
        Once queueing_needs_write_and_waiting_needs_read;
    ports_wait:
        Once a_missing_packet_is_found_when_one_is_taken_which_is_lost,
        Once a_wait_in_vain_leaves_the_callers_memory_alone,
        Once a_packet_wins_over_a_deadline_that_has_passed,
        Interrupt interrupts_overtake_other_packets_and_are_first_in_first_out,
        Interrupt an_interrupts_packet_is_zero_but_for_key_type_and_time,
        Once each_packet_goes_to_one_waiter_and_none_is_lost,
        Once producers_and_waiters_exchange_every_packet_once,
        Once a_waiter_whose_packet_was_canceled_sleeps_until_its_own_deadline,
        Interrupt a_blocked_thread_says_in_what_it_is_blocked;
    registrations:
        Once a_registration_checks_options_then_port_then_source,
        Once a_registration_fires_once_and_at_once_if_its_signal_is_there,
        Once an_edge_registration_fires_when_any_signal_rises_while_its_own_is_high,
        Once a_registration_for_no_signal_never_fires_and_can_be_canceled,
        Once a_signal_packet_tells_all_and_when_only_if_asked,
        Once registrations_that_fire_together_are_queued_last_first,
        Once a_signal_set_and_cleared_at_once_is_not_missed,
        Once equal_registrations_each_give_a_packet,
        Once there_is_no_limit_to_signal_packets,
        Once cancel_checks_its_port_before_its_source,
        Once cancel_removes_registrations_and_queued_packets,
        Once cancel_is_for_one_handle_and_never_for_user_packets,
        Once cancel_of_a_key_removes_all_but_interrupts;
    lifetime:
        Once closing_a_port_takes_its_registrations_off_their_sources,
        Once closing_a_port_does_not_wake_its_waiters,
        Interrupt a_bound_interrupt_still_reaches_the_waiter_of_a_closed_port,
        Interrupt closing_a_port_leaves_the_packet_of_an_interrupt_in_it,
        Once channels_and_a_port_may_be_closed_in_any_order;
    interrupts_create:
        Once a_line_needs_a_resource_and_a_virtual_interrupt_needs_none,
        Line the_options_of_a_line_are_checked_after_its_number,
        Line a_line_that_is_taken_is_left_alone,
        Interrupt a_new_interrupt_is_idle_and_only_a_virtual_one_has_untriggered,
        Interrupt bind_checks_options_interrupt_port_and_then_its_state,
        Once trigger_checks_options_handle_kind_and_state,
        Line a_line_cannot_be_triggered_by_a_program,
        Interrupt ack_wait_and_destroy_check_handle_type_right_and_binding;
    interrupts:
        Interrupt binding_a_triggered_interrupt_queues_its_packet,
        Interrupt unbind_wants_the_bound_port,
        Interrupt an_unread_packet_goes_back_to_its_interrupt_when_that_is_unbound,
        Interrupt a_read_packet_is_still_to_be_acknowledged_after_unbind,
        Interrupt a_port_takes_any_number_of_interrupts,
        Interrupt three_triggers_give_two_packets,
        Interrupt two_triggers_before_a_wait_give_one_return,
        Once a_virtual_interrupt_passes_its_time_stamp_on_and_zero_is_none,
        Interrupt ack_queues_what_is_pending_or_makes_idle_and_may_be_repeated,
        Interrupt ack_before_the_read_loses_the_next_trigger,
        Interrupt ack_before_the_read_with_a_trigger_pending_fails_and_drops_it,
        Interrupt one_thread_waits_and_the_next_wait_acknowledges,
        Interrupt destroy_wakes_the_waiter,
        Interrupt destroy_takes_the_unread_packet_and_says_when_one_was_read,
        Interrupt closing_the_last_handle_drops_the_packet,
        Once untriggered_is_cleared_by_triggers_and_set_by_what_acknowledges;
    interrupts_line:
        Simulated a_level_fires_again_when_it_is_acknowledged_while_it_stays,
        Simulated an_edge_mode_counts_its_edges_only,
        Line a_lines_time_stamp_is_that_of_its_edge,
        Simulated a_wait_on_a_lines_port_ends_at_its_deadline;
    waits:
        Once wait_one_tells_the_whole_state_however_it_ends,
        Once a_wait_tells_the_signals_of_its_match_though_they_are_cleared_at_once,
        Once a_wait_tells_a_signal_that_was_strobed,
        Once wait_many_takes_64_items_and_wakes_on_any,
        Once of_many_items_one_that_closes_wins_over_one_that_matches,
        Once signal_changes_only_what_is_the_users,
        Once only_a_signal_that_rises_is_told;
    timers:
        Once timer_create_checks_clock_policy_and_mode,
        Once timer_set_signals_at_its_deadline_and_at_once_if_that_has_passed,
        Once timer_cancel_clears_the_signal_and_may_be_repeated,
        Once a_timer_with_slack_expires_with_one_inside_its_window;
    races:
        Once queueing_while_the_port_is_closed_is_ok_or_bad_handle,
        Once registering_while_a_handle_is_closed_is_before_or_after,
        Once a_registration_is_delivered_or_canceled_and_never_both,
        Once signaling_while_everything_is_closed_leaves_nothing_behind,
        Once a_wait_whose_handle_is_closed_is_canceled_or_never_began,
        Once a_wait_whose_handle_is_read_from_a_channel_is_canceled,
        Once a_cancel_that_races_with_a_wake_leaves_no_waiter_behind,
        Once a_wait_that_races_with_the_close_of_its_port_ends_by_its_deadline_or_an_interrupt,
        Interrupt of_those_who_wait_for_an_interrupt_at_once_none_is_forgotten;
    magenta_v1:
        Once option_0_makes_a_v1_port_and_option_1_a_v2_port,
        Once a_v1_packet_has_16_to_128_bytes_and_keeps_all_but_its_type,
        Once v1_queue_looks_at_the_size_then_the_port_then_the_packet,
        Once v1_wait_looks_at_the_packet_then_the_port_then_the_deadline,
        Once a_v1_packet_that_does_not_fit_is_an_error_and_stays,
        Once binding_looks_at_signals_port_source_and_then_the_channel,
        Once a_bound_channel_tells_of_every_message_and_of_the_close,
        Once bound_channels_and_programs_take_turns,
        Once each_v1_packet_goes_to_one_waiter_though_its_channel_is_closed,
        Once queueing_while_a_port_of_magenta_is_closed_says_which_kind_it_was;
    magenta_v2:
        Once a_v2_port_wants_a_size_of_0,
        Once a_v2_wait_needs_read_and_a_v2_queue_write,
        Once a_registration_of_magenta_needs_write_of_the_port_and_read_of_the_source,
        Once a_repeating_registration_stays_and_leaves_a_queued_packet_alone,
        Once canceling_by_magenta_is_always_ok_and_leaves_packets_alone,
        Once the_calls_of_both_names_reach_the_same_ports;
    magenta_races:
        Once binding_while_messages_come_tells_of_each_once,
        Once a_close_that_races_with_bind_write_and_wait_is_before_or_after_each;
    magenta_objects:
        Once magentas_statuses_have_their_names,
        Once magentas_first_handles_have_their_types_and_rights,
        Once magentas_info_tells_of_handles_and_threads,
        Once magentas_waits_need_read_and_its_signals_write,
        Once magentas_handles_stay_when_a_replace_fails,
        Once magentas_handles_come_back_when_a_write_fails,
        Once magentas_channel_call_keeps_its_number_and_says_where_it_failed,
        Once magentas_policy_has_its_own_numbers,
        Once magentas_policy_is_asked_after_the_options => Alone,
        Once magentas_times_have_no_sign;
    magenta_interrupts:
        Line an_interrupt_of_magenta_is_a_handle_or_a_negative_status,
        Line an_interrupt_of_magenta_stays_set_until_it_is_completed,
        Line signaling_an_interrupt_of_magenta_is_as_if_its_line_had_risen;
}
