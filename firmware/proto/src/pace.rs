//! How long an acknowledge is waited for before something is sent again.
//!
//! RFC 6298, in microseconds: the time that acknowledges take, smoothed, and four times its deviation. It is a millisecond on a
//! bare line and some tens behind an adapter that keeps bytes, so no fixed number does.

/// Before anything was measured.
const FIRST: u64 = 100_000;
/// No less than this: an acknowledge may wait [`ACK_DELAY`](crate::link::ACK_DELAY) for company, and a frame's end for its turn.
const LEAST: u64 = 6_000;
/// No more than this, however often nothing came.
const MOST: u64 = 250_000;

pub(crate) struct Pace {
    /// Smoothed, and its deviation; none before the first.
    measured: Option<(u64, u64)>,
    /// How often in a row there was silence: the patience doubles with each.
    silences: u32,
    /// When something arrived, or was last asked for.
    last: u64,
}

impl Pace {
    pub(crate) const fn new() -> Pace {
        Pace { measured: None, silences: 0, last: 0 }
    }

    /// An acknowledge has taken so long.
    pub(crate) fn measured(&mut self, time: u64) {
        self.measured = Some(match self.measured {
            None => (time, time / 2),
            Some((smooth, deviation)) => {
                let off = smooth.abs_diff(time);
                ((7 * smooth + time) / 8, (3 * deviation + off) / 4)
            }
        });
    }

    /// Something arrived.
    pub(crate) fn progress(&mut self, now: u64) {
        (self.silences, self.last) = (0, now);
    }

    /// Nothing came for [`patience`](Pace::patience).
    pub(crate) fn silence(&mut self, now: u64) {
        (self.silences, self.last) = (self.silences.saturating_add(1), now);
    }

    /// When something arrived, or was last asked for.
    pub(crate) fn last_progress(&self) -> u64 {
        self.last
    }

    /// How long an acknowledge is waited for now.
    pub(crate) fn patience(&self) -> u64 {
        let usual = self.measured.map_or(FIRST, |(smooth, deviation)| smooth + 4 * deviation);
        // Ten doublings are beyond the most.
        (usual.clamp(LEAST, MOST) << self.silences.min(10)).min(MOST)
    }
}

const _: () = assert!(LEAST > 2 * crate::link::ACK_DELAY);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_patience_follows_the_line_and_doubles_in_silence() {
        let mut pace = Pace::new();
        assert_eq!(pace.patience(), FIRST);
        for _ in 0..50 {
            pace.measured(20_000);
        }
        assert!((20_000..22_000).contains(&pace.patience()), "{}", pace.patience());
        pace.silence(0);
        assert!((40_000..44_000).contains(&pace.patience()));
        for _ in 0..100 {
            pace.silence(0);
        }
        assert_eq!(pace.patience(), MOST);
        pace.progress(0);
        for _ in 0..50 {
            pace.measured(10);
        }
        assert_eq!(pace.patience(), LEAST);
    }
}
