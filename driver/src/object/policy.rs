//! Job policy: what the calls of a job's processes may make (ports.md A12, C3).
//!
//! The actions that raise an exception are not there: Linux has no exception channel, so setting one is NOT_SUPPORTED.

use crate::Status;

/// What a policy is about (ZX_POL_*).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
#[allow(missing_docs, reason = "the names are Zircon's and say all")]
pub enum Condition {
    BadHandle = 0,
    WrongObject = 1,
    VmarWx = 2,
    /// All that make objects, at once.
    NewAny = 3,
    NewVmo = 4,
    NewChannel = 5,
    NewEvent = 6,
    NewEventPair = 7,
    NewPort = 8,
    NewSocket = 9,
    NewFifo = 10,
    NewTimer = 11,
    NewProcess = 12,
    NewProfile = 13,
    NewPager = 14,
    AmbientMarkVmoExec = 15,
    NewIob = 16,
    NewSampler = 17,
}

use Condition::*;

impl Condition {
    const ALL: [Condition; COUNT] = [
        BadHandle,
        WrongObject,
        VmarWx,
        NewAny,
        NewVmo,
        NewChannel,
        NewEvent,
        NewEventPair,
        NewPort,
        NewSocket,
        NewFifo,
        NewTimer,
        NewProcess,
        NewProfile,
        NewPager,
        AmbientMarkVmoExec,
        NewIob,
        NewSampler,
    ];

    /// The condition with this number.
    pub fn from_raw(raw: u32) -> Option<Condition> {
        Condition::ALL.get(raw as usize).copied()
    }

    /// Whether [`NewAny`] stands for it.
    fn makes(self) -> bool {
        self as u32 >= NewVmo as u32 && self != AmbientMarkVmoExec
    }
}

const COUNT: usize = 18;

/// What happens (ZX_POL_ACTION_*).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Action {
    /// It is done.
    #[default]
    Allow,
    /// It fails with ACCESS_DENIED.
    Deny,
    /// The process is ended.
    Kill,
}

impl Action {
    /// The action with this number. NOT_SUPPORTED for those that raise an exception, and for no action's.
    pub fn from_raw(raw: u32) -> Result<Action, Status> {
        match raw {
            0 => Ok(Action::Allow),
            1 => Ok(Action::Deny),
            4 => Ok(Action::Kill),
            _ => Err(Status::NOT_SUPPORTED),
        }
    }
}

/// One entry of a policy that is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BasicPolicy {
    /// What it is about.
    pub condition: Condition,
    /// What happens.
    pub action: Action,
    /// Whether a later policy, here or in a child, may change it.
    pub may_override: bool,
}

/// What happens when a policy is set that an earlier one does not let be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The earlier one stays (ZX_JOB_POL_RELATIVE).
    Relative,
    /// Nothing is set: ALREADY_EXISTS (ZX_JOB_POL_ABSOLUTE).
    Absolute,
}

/// The basic policy of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Policies([(Action, bool); COUNT]);

impl Default for Policies {
    fn default() -> Self {
        Policies([(Action::Allow, true); COUNT])
    }
}

impl Policies {
    pub(crate) fn action(&self, condition: Condition) -> Action {
        self.0[condition as usize].0
    }

    /// These policies on top: all or none.
    pub(crate) fn with(mut self, mode: Mode, entries: &[BasicPolicy]) -> Result<Policies, Status> {
        for entry in entries {
            match entry.condition {
                NewAny => {
                    let all = Condition::ALL.into_iter().filter(|condition| condition.makes());
                    for condition in all.chain([NewAny]) {
                        self.set(mode, BasicPolicy { condition, ..*entry })?;
                    }
                }
                _ => self.set(mode, *entry)?,
            }
        }
        Ok(self)
    }

    fn set(&mut self, mode: Mode, entry: BasicPolicy) -> Result<(), Status> {
        let place = &mut self.0[entry.condition as usize];
        match (place.1, mode) {
            (true, _) => *place = (entry.action, entry.may_override),
            (false, Mode::Absolute) if place.0 != entry.action => return Err(Status::ALREADY_EXISTS),
            (false, _) => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(condition: Condition, action: Action, may_override: bool) -> BasicPolicy {
        BasicPolicy { condition, action, may_override }
    }

    #[test]
    fn conditions_have_their_numbers() {
        for (number, condition) in Condition::ALL.into_iter().enumerate() {
            assert_eq!(condition as usize, number);
        }
        assert_eq!(Condition::from_raw(18), None);
    }

    #[test]
    fn new_any_covers_what_makes_objects_unless_overridden() {
        let policies = Policies::default()
            .with(
                Mode::Absolute,
                &[entry(NewPort, Action::Allow, false), entry(NewEvent, Action::Kill, true)],
            )
            .and_then(|policies| policies.with(Mode::Relative, &[entry(NewAny, Action::Deny, true)]))
            .unwrap();
        assert_eq!(policies.action(NewPort), Action::Allow);
        assert_eq!(policies.action(NewEvent), Action::Deny);
        assert_eq!(policies.action(NewTimer), Action::Deny);
        assert_eq!(policies.action(BadHandle), Action::Allow);
        assert_eq!(policies.action(AmbientMarkVmoExec), Action::Allow);
    }

    #[test]
    fn an_absolute_policy_does_not_change_what_is_fixed() {
        let fixed = Policies::default().with(Mode::Absolute, &[entry(NewPort, Action::Deny, false)]).unwrap();
        let allow = [entry(NewEvent, Action::Deny, true), entry(NewPort, Action::Allow, true)];
        assert_eq!(fixed.with(Mode::Absolute, &allow), Err(Status::ALREADY_EXISTS));
        assert_eq!(fixed.with(Mode::Absolute, &[entry(NewPort, Action::Deny, true)]), Ok(fixed));
        let relative = fixed.with(Mode::Relative, &allow).unwrap();
        assert_eq!((relative.action(NewPort), relative.action(NewEvent)), (Action::Deny, Action::Deny));
    }
}
