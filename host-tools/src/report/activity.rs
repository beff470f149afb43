//! A picture of when something happened, of a length that nobody knows beforehand.

/// Columns of the picture.
pub const COLUMNS: usize = 24;
/// Bins that are kept: many for a column, so that their borders do not show.
const BINS: usize = 64 * COLUMNS;

/// Counts per stretch of time. When a time does not fit any more, stretches become twice as long.
#[derive(Clone, Debug)]
pub struct Activity {
    bins: Box<[u32; BINS]>,
    /// log2 of a bin's cycles.
    shift: u32,
}

impl Default for Activity {
    fn default() -> Activity {
        Activity { bins: Box::new([0; BINS]), shift: 0 }
    }
}

impl Activity {
    /// Something happened in this cycle.
    pub fn add(&mut self, cycle: u64) {
        while cycle >> self.shift >= BINS as u64 {
            for bin in 0..BINS / 2 {
                self.bins[bin] = self.bins[2 * bin].saturating_add(self.bins[2 * bin + 1]);
            }
            self.bins[BINS / 2..].fill(0);
            self.shift += 1;
        }
        let bin = &mut self.bins[(cycle >> self.shift) as usize];
        *bin = bin.saturating_add(1);
    }

    /// The counts in equal parts of the time from cycle 0 to `last`.
    pub fn columns(&self, last: u64) -> [u32; COLUMNS] {
        let mut columns = [0u32; COLUMNS];
        for (bin, count) in (0u128..).zip(self.bins.iter()) {
            let column = (bin << self.shift) * COLUMNS as u128 / (u128::from(last) + 1);
            let column = &mut columns[(column as usize).min(COLUMNS - 1)];
            *column = column.saturating_add(*count);
        }
        columns
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost_when_time_grows_and_the_columns_span_it() {
        let mut activity = Activity::default();
        for last in [23, 1_000, 1_000_000, 123_456_789_012] {
            activity.add(last);
            let columns = activity.columns(last);
            assert!(columns[COLUMNS - 1] > 0, "{last}: {columns:?}");
        }
        assert_eq!(activity.columns(123_456_789_012).iter().sum::<u32>(), 4);
    }

    #[test]
    fn columns_are_equal_parts() {
        let mut activity = Activity::default();
        (0..240_000).for_each(|cycle| activity.add(cycle));
        let columns = activity.columns(239_999);
        // A bin has 256 of the cycles, and lies in one column.
        assert!(columns.iter().all(|count| count.abs_diff(10_000) <= 256), "{columns:?}");
    }
}
