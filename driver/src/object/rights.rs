//! Rights: what a handle lets its holder do (ports.md A2, A3).

use std::fmt;

use super::ObjectType;

/// A set of rights.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Rights(u32);

macro_rules! rights {
    ($($(#[doc = $text:literal])+ $name:ident = $bit:literal;)*) => {
        impl Rights {
            $($(#[doc = $text])+ pub const $name: Rights = Rights(1 << $bit);)*
            /// Every right that exists.
            pub const ALL: Rights = Rights($((1 << $bit))|*);
            const NAMES: &[(Rights, &str)] = &[$((Rights::$name, stringify!($name))),*];
        }
    };
}

rights! {
    /// It may be duplicated.
    DUPLICATE = 0;
    /// It may be sent through a channel.
    TRANSFER = 1;
    /// Data or state may be read.
    READ = 2;
    /// Data or state may be written.
    WRITE = 3;
    /// For memory, which Portolan has none of.
    EXECUTE = 4;
    /// For memory, which Portolan has none of.
    MAP = 5;
    /// Properties may be read.
    GET_PROPERTY = 6;
    /// Properties may be set.
    SET_PROPERTY = 7;
    /// Children may be listed.
    ENUMERATE = 8;
    /// A task may be killed.
    DESTROY = 9;
    /// A job's policy may be set.
    SET_POLICY = 10;
    /// A job's policy may be read.
    GET_POLICY = 11;
    /// Its user signals may be changed.
    SIGNAL = 12;
    /// Its peer's user signals may be changed.
    SIGNAL_PEER = 13;
    /// It may be waited for.
    WAIT = 14;
    /// Its state may be looked at.
    INSPECT = 15;
    /// Jobs may be made in it.
    MANAGE_JOB = 16;
    /// Processes may be made in it.
    MANAGE_PROCESS = 17;
    /// Threads may be made in it.
    MANAGE_THREAD = 18;
    /// For profiles, which Portolan has none of.
    APPLY_PROFILE = 19;
    /// For sockets, which Portolan has none of.
    MANAGE_SOCKET = 20;
    /// For memory, which Portolan has none of.
    OP_CHILDREN = 21;
    /// For memory, which Portolan has none of.
    RESIZE = 22;
    /// For memory, which Portolan has none of.
    ATTACH_VMO = 23;
    /// For memory, which Portolan has none of.
    MANAGE_VMO = 24;
    /// In place of a set of rights: those that there are.
    SAME_RIGHTS = 31;
}

impl Rights {
    /// None.
    pub const NONE: Rights = Rights(0);
    /// TRANSFER, DUPLICATE, WAIT, INSPECT.
    pub const BASIC: Rights = Rights(0xC003);
    /// READ and WRITE.
    pub const IO: Rights = Rights(0xC);
    /// GET_PROPERTY and SET_PROPERTY.
    pub const PROPERTY: Rights = Rights(0xC0);
    /// GET_POLICY and SET_POLICY.
    pub const POLICY: Rights = Rights(0xC00);

    /// Those of a new object of this type (A3; abi.md section 2).
    pub const fn default_of(kind: ObjectType) -> Rights {
        let job = Rights::BASIC.0
            | Rights::IO.0
            | Rights::PROPERTY.0
            | Rights::ENUMERATE.0
            | Rights::DESTROY.0
            | Rights::SIGNAL.0
            | Rights::MANAGE_PROCESS.0
            | Rights::MANAGE_THREAD.0;
        Rights(match kind {
            ObjectType::Port => 0x800F,
            ObjectType::Interrupt => 0xD00F,
            ObjectType::Event => 0xD003,
            ObjectType::EventPair => 0xF003,
            ObjectType::Timer => 0xD00B,
            ObjectType::Channel => 0xF00E,
            ObjectType::Process => job,
            ObjectType::Job => job | Rights::POLICY.0 | Rights::MANAGE_JOB.0,
            ObjectType::Thread => {
                Rights::BASIC.0
                    | Rights::IO.0
                    | Rights::PROPERTY.0
                    | Rights::DESTROY.0
                    | Rights::SIGNAL.0
                    | Rights::MANAGE_THREAD.0
            }
            ObjectType::Resource => {
                Rights::TRANSFER.0 | Rights::DUPLICATE.0 | Rights::WRITE.0 | Rights::INSPECT.0
            }
        })
    }

    /// The rights with these bits.
    pub const fn from_bits(bits: u32) -> Rights {
        Rights(bits)
    }

    /// The bits.
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// Whether all of `other` are there.
    pub const fn contains(self, other: Rights) -> bool {
        self.0 & other.0 == other.0
    }

    /// Both together.
    pub const fn union(self, other: Rights) -> Rights {
        Rights(self.0 | other.0)
    }

    /// Without those of `other`.
    pub const fn without(self, other: Rights) -> Rights {
        Rights(self.0 & !other.0)
    }
}

impl std::ops::BitOr for Rights {
    type Output = Rights;
    fn bitor(self, other: Rights) -> Rights {
        self.union(other)
    }
}

impl fmt::Debug for Rights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        let mut set = f.debug_set();
        for (right, name) in Rights::NAMES {
            if self.contains(*right) {
                set.entry(&format_args!("{name}"));
                rest &= !right.0;
            }
        }
        if rest != 0 {
            set.entry(&format_args!("{rest:#x}"));
        }
        set.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_rights_are_those_of_the_kernel() {
        let numbers = [
            (ObjectType::Port, 0x800F),
            (ObjectType::Interrupt, 0xD00F),
            (ObjectType::Event, 0xD003),
            (ObjectType::EventPair, 0xF003),
            (ObjectType::Timer, 0xD00B),
            (ObjectType::Channel, 0xF00E),
            (ObjectType::Job, 0x7_DFCF),
            (ObjectType::Process, 0x6_D3CF),
            (ObjectType::Thread, 0x4_D2CF),
            (ObjectType::Resource, 0x800B),
        ];
        for (kind, bits) in numbers {
            assert_eq!(Rights::default_of(kind).bits(), bits, "{kind:?}");
        }
    }

    #[test]
    fn a_port_can_neither_be_waited_for_nor_signaled() {
        let port = Rights::default_of(ObjectType::Port);
        assert!(!port.contains(Rights::WAIT) && !port.contains(Rights::SIGNAL));
        assert_eq!(format!("{:?}", Rights::IO), "{READ, WRITE}");
    }
}
