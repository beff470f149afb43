//! How sessions begin and end: greetings that are lost, versions that differ, ends that start again or say nothing any more.

use portolan_proto::{
    Board, Boot, Cause, DELIMITER, End, Host, LONGEST, Operation, PANIC_FILE, PANIC_MESSAGE, Panic, Phase,
    Request, SILENCE, VERSION, last_words,
};

use crate::bytes::{NO_SESSION, frame};
use crate::line::{Damage, Line, Quality};
use crate::packets::exchange;

fn feed_host(host: &mut Host, bytes: &[u8]) {
    bytes.iter().for_each(|byte| host.receive(*byte, 0));
}

#[test]
fn a_session_begins_on_a_bad_line_too() {
    for seed in 0..200 {
        // Half of all frames come through.
        let mut line = Line::open(100 + seed, &Quality::noisy(30_000, &Damage::ALL));
        line.pass(50_000);
        assert!(matches!(line.host.phase(), Phase::Open(_)) && !line.board.has_begun(), "it began once");
    }
}

#[test]
fn a_new_host_begins_anew_and_frames_of_the_old_session_are_garbled() {
    let mut line = Line::open(30, &Quality::default());
    exchange(&mut line, 100);
    let write = Request { tag: 0, operation: Operation::Write { offset: 4, value: 5 } };
    assert!(line.host.request(&write));
    let mut late = [0; LONGEST];
    let length = line.host.transmit(line.now(), &mut late);
    line.host = Host::new(77);
    line.run_until("the second session begins", |line| matches!(line.host.phase(), Phase::Open(_)));
    assert!(line.board.has_begun() && !line.board.has_begun());
    let now = line.now();
    late[..length].iter().for_each(|byte| line.board.receive(*byte, now));
    assert_eq!(line.board.request(now), None);
    assert_eq!(line.board.counts().garbled, 1);
    exchange(&mut line, 100);
}

#[test]
fn a_board_that_starts_again_ends_the_session() {
    let mut line = Line::open(31, &Quality::default());
    exchange(&mut line, 100);
    let boot = Boot { starts: 2, cause: Cause::Watchdog };
    line.board = Board::new(boot);
    line.run_until("the host finds out", |line| matches!(line.host.phase(), Phase::Ended(_)));
    assert_eq!(line.host.phase(), Phase::Ended(End::Restarted(boot)));
    let mut frame = [0; LONGEST];
    assert_eq!((line.host.transmit(line.now(), &mut frame), line.host.alarm()), (0, None));
}

#[test]
fn what_a_board_said_of_its_start_before_it_was_greeted_ends_nothing() {
    let mut board = Board::new(Boot { starts: 1, cause: Cause::Power });
    let mut beacon = [0; LONGEST];
    let length = board.transmit(0, &mut beacon);
    assert!(length > 0 && board.transmit(1, &mut [0; LONGEST]) == 0, "not more often than said");
    let mut host = Host::new(5);
    feed_host(&mut host, &beacon[..length]);
    assert_eq!(host.phase(), Phase::Greeting);
}

#[test]
fn a_line_that_says_nothing_is_given_up_in_bounded_time() {
    let mut line = Line::new(32, &Quality::noisy(1_000_000, &[Damage::Removed]));
    line.run_until("the host gives up", |line| matches!(line.host.phase(), Phase::Ended(End::Silent)));
    assert!(line.now() <= SILENCE + 100, "{}", line.now());
    let mut line = Line::open(33, &Quality::default());
    line.pass(3 * SILENCE);
    assert!(matches!(line.host.phase(), Phase::Open(_)), "nobody asked for anything");
    line.set_quality(&Quality::noisy(1_000_000, &[Damage::Removed]));
    let begin = line.now();
    assert!(line.host.request(&Request { tag: 1, operation: Operation::Counts }));
    line.run_until("the host gives up", |line| matches!(line.host.phase(), Phase::Ended(End::Silent)));
    assert!(line.now() - begin <= SILENCE + 300_000, "{}", line.now() - begin);
}

#[test]
fn ends_of_other_versions_refuse_each_other_and_name_both() {
    let layout = portolan_regs::LAYOUT_HASH;
    let hello = |version: u8, layout: u32| {
        let mut content = vec![0, version];
        content.extend(layout.to_le_bytes());
        content.extend(9_u32.to_le_bytes());
        content
    };
    for (version, layout) in [(VERSION + 1, layout), (VERSION, layout ^ 1)] {
        let mut board = Board::new(Boot::default());
        frame(&hello(version, layout), NO_SESSION).iter().for_each(|byte| board.receive(*byte, 0));
        assert!(!board.is_open() && !board.has_begun());
        let mut answer = [0; LONGEST];
        let length = board.transmit(0, &mut answer);
        let mut host = Host::new(9);
        feed_host(&mut host, &answer[..length]);
        let Phase::Ended(End::Refused(theirs)) = host.phase() else { panic!("{:?}", host.phase()) };
        assert_eq!((theirs.version, theirs.layout, theirs.session), (VERSION, portolan_regs::LAYOUT_HASH, 9));
        // And a host that is welcomed by another version.
        let mut welcome = hello(version, layout);
        welcome[0] = 1;
        welcome.extend([1, 0]);
        let mut host = Host::new(9);
        feed_host(&mut host, &frame(&welcome, NO_SESSION));
        let Phase::Ended(End::Refused(theirs)) = host.phase() else { panic!("{:?}", host.phase()) };
        assert_eq!((theirs.version, theirs.layout), (version, layout));
    }
}

#[test]
fn last_words_come_through_whole_or_cut_at_a_character() {
    let mut line = Line::open(34, &Quality::default());
    let mut written = [0; LONGEST];
    let long = "ä".repeat(PANIC_MESSAGE);
    for (message, file) in [("index out of bounds", "src/main.rs"), (&long[..], &long[..]), ("", "")] {
        let length = last_words(&Panic::new(message, file, u32::MAX), &mut written);
        // Whatever was on the line when it happened.
        feed_host(&mut line.host, &[1, 2, 3]);
        feed_host(&mut line.host, &written[..length]);
        let words = line.host.last_words().expect("it has come");
        assert!(message.starts_with(words.message) && file.ends_with(words.file));
        assert_eq!(words.message.len(), message.len().min(PANIC_MESSAGE));
        assert_eq!((words.file.len(), words.line), (file.len().min(PANIC_FILE), u32::MAX));
    }
    assert_eq!(written[0], DELIMITER);
}

#[test]
fn an_end_that_takes_nothing_stops_the_other_and_nothing_is_lost() {
    let mut line = Line::open(35, &Quality::noisy(5_000, &Damage::ALL));
    let mut stream = crate::packets::Stream::default();
    for _ in 0..20 {
        let end = line.now() + 400_000;
        while line.now() < end {
            crate::packets::send_to_host(&mut line, &mut stream, u64::MAX);
            line.step();
        }
        assert_eq!(line.board.room(), 0);
        crate::packets::take_at_host(&mut line, &mut stream);
    }
    assert_eq!(stream.arrived, 20 * portolan_proto::WINDOW as u64);
}
