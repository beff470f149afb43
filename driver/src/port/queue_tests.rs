//! The queue by itself: limits and the order of waiters.

use super::*;

fn packet(key: u64) -> Packet {
    Packet::user(key, 0, [0; 32])
}

#[test]
fn one_more_user_packet_than_the_limit_fits() {
    let contents = Contents::default();
    for key in 0..=Sizes::LIMIT {
        assert_eq!(contents.push(packet(key)).map_err(Status::from), Ok(false), "packet {key}");
    }
    assert_eq!(contents.push(packet(0)).map_err(Status::from), Err(Status::SHOULD_WAIT));
    assert_eq!(contents.lock().pop_regular().map(|p| p.key()), Some(0));
    assert_eq!(contents.push(packet(0)).map_err(Status::from), Ok(false), "D7: space is free at once");
}

#[test]
fn interrupts_do_not_count_towards_the_limit() {
    let contents = Contents::default();
    let source = Arc::new(Source::default());
    for _ in 0..3 {
        let what = What::Interrupt { key: 1, timestamp: 1, detail: None };
        contents.lock().push_interrupt(Entry { source: source.clone(), what });
    }
    (0..=Sizes::LIMIT).for_each(|_| assert_eq!(contents.push(packet(1)), Ok(false)));
    assert_eq!(source.queued.load(Ordering::SeqCst), 3);
}

#[test]
fn a_post_takes_the_longest_sleeper_that_does_not_lead() {
    struct Nowhere;
    impl crate::sync::Bed for Nowhere {
        fn kick(&self) {}
    }
    let [a, b, c]: [Arc<Waiter>; 3] = std::array::from_fn(|_| Arc::default());
    a.lead(Arc::new(Nowhere));
    let contents = Contents::default();
    let mut queue = contents.lock();
    for waiter in [&a, &b, &c] {
        assert!(queue.enlist(waiter));
    }
    for expected in [&b, &c, &a] {
        assert!(Arc::ptr_eq(&queue.post().unwrap(), expected));
    }
    assert!(queue.post().is_none());
}
