//! What was so lately: a value that changes, while who goes by it learns of the change later.
//!
//! The endpoint cannot know a setting before it has come through its queues, and the root cannot know when that was.
//! So a rule is kept when it is kept by any value that may still hold.

use std::collections::VecDeque;

/// A value with the moments of its changes, oldest first. Moments are whatever counts up.
#[derive(Clone, Debug)]
pub struct History<T> {
    values: VecDeque<(u64, T)>,
}

impl<T: Default> Default for History<T> {
    fn default() -> History<T> {
        History { values: VecDeque::from([(0, T::default())]) }
    }
}

impl<T: PartialEq> History<T> {
    /// The value changes.
    pub fn set(&mut self, moment: u64, value: T) {
        if *self.now() != value {
            self.values.push_back((moment, value));
        }
    }

    /// The newest value.
    pub fn now(&self) -> &T {
        &self.values.back().expect("there is always one").1
    }

    /// Changes up to that moment are known everywhere: what was before them holds no more.
    pub fn known_until(&mut self, moment: u64) {
        while self.values.get(1).is_some_and(|(next, _)| *next <= moment) {
            self.values.pop_front();
        }
    }

    /// Every value that may still hold.
    pub fn any(&self, holds: impl Fn(&T) -> bool) -> bool {
        self.values.iter().any(|(_, value)| holds(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_value_holds_until_its_change_is_known() {
        let mut history = History::<u32>::default();
        history.set(5, 1);
        history.set(5, 1);
        history.set(9, 2);
        for (moment, values) in
            [(4, [true, true, true]), (5, [false, true, true]), (20, [false, false, true])]
        {
            history.known_until(moment);
            assert_eq!([0, 1, 2].map(|value| history.any(|held| *held == value)), values, "at {moment}");
        }
        assert_eq!(*history.now(), 2);
    }
}
