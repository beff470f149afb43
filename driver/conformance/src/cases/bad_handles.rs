//! B3: every call that looks a handle up asks the policy for bad handles. Of what the policy may say only KILL can be
//! seen, so there is a case, with a process of its own, for each way of looking one up.

use crate::Zx;
use crate::abi::*;
use crate::cases::handles::NO_HANDLE;

/// ZX_INFO_HANDLE_VALID.
const HANDLE_VALID: u32 = 1;
/// ZX_POL_BAD_HANDLE.
const BAD: u32 = 0;
/// ZX_POL_ACTION_*.
const ALLOW: u32 = 0;
const DENY: u32 = 1;
const KILL: u32 = 4;

/// The default.
pub fn a_bad_handle_is_only_an_error_by_default(z: Zx) {
    assert_eq!(z.signal(NO_HANDLE, 0, 0), Err(BAD_HANDLE));
    z.set_basic(z.job_default(), BAD, DENY).unwrap();
    assert_eq!(z.signal(NO_HANDLE, 0, 0), Err(BAD_HANDLE), "DENY changes nothing");
    z.set_basic(z.job_default(), BAD, ALLOW).unwrap();
}

/// Calls that only ask whether a handle is one, and a close of nothing, do not ask the policy: this process lives on.
pub fn to_ask_whether_a_handle_is_one_does_not_kill(z: Zx) {
    z.set_basic(z.job_default(), BAD, KILL).unwrap();
    assert_eq!(z.check_valid(NO_HANDLE), Err(BAD_HANDLE));
    assert_eq!(z.info_into(NO_HANDLE, HANDLE_VALID, None, 0).0, Err(BAD_HANDLE));
    assert_eq!(z.mx().info::<u32>(NO_HANDLE, HANDLE_VALID, 0).0, Err(BAD_HANDLE));
    assert_eq!((z.close(0), z.close_many(&[0, 0])), (Ok(()), Ok(())));
    z.set_basic(z.job_default(), BAD, ALLOW).unwrap();
}

/// Cases in which the last call ends the process.
macro_rules! killed {
    ($($(#[$doc:meta])* $name:ident($z:ident, $own:ident: $prepare:expr) $call:expr;)*) => {$(
        $(#[$doc])*
        pub fn $name($z: Zx) {
            let $own = $prepare;
            $z.set_basic($z.job_default(), BAD, KILL).unwrap();
            let result = $call;
            panic!("still alive: {result:?}");
        }
    )*};
}

killed! {
    /// Of a port.
    a_bad_handle_kills_by_policy(z, _none: ()) z.port_wait(NO_HANDLE, 0);
    /// Of an object of one type.
    a_bad_handle_of_an_interrupt_kills_by_policy(z, _none: ()) z.interrupt_ack(NO_HANDLE);
    /// Of an object of any type.
    a_bad_handle_to_be_signaled_kills_by_policy(z, _none: ()) z.signal(NO_HANDLE, 0, 0);
    /// Of the source, when the port is a good one.
    a_bad_source_of_a_cancel_kills_by_policy(z, port: z.port()) z.port_cancel(port, NO_HANDLE, 1);
    /// As above.
    a_bad_source_of_a_registration_kills_by_policy(z, port: z.port())
        z.wait_async(NO_HANDLE, port, 1, SIGNALED, 0);
    /// Of a wait for one object.
    a_bad_handle_to_wait_for_kills_by_policy(z, _none: ()) z.wait_one(NO_HANDLE, SIGNALED, PAST);
    /// Of a wait for many, behind a good one.
    a_bad_handle_among_many_to_wait_for_kills_by_policy(z, event: z.event()) {
        let mut items = [event, NO_HANDLE].map(|handle| WaitItem { handle, waitfor: SIGNALED, pending: 0 });
        z.wait_many(&mut items, PAST)
    };
    /// Of a close.
    a_bad_handle_to_be_closed_kills_by_policy(z, _none: ()) z.close(NO_HANDLE);
    /// Of a replace.
    a_bad_handle_to_be_replaced_kills_by_policy(z, _none: ()) z.replace(NO_HANDLE, right::SAME);
    /// In the message that a good channel is to carry.
    a_bad_handle_to_be_sent_kills_by_policy(z, ends: z.channel()) z.channel_write(ends.0, b"", &[NO_HANDLE]);
    /// Of Magenta's close.
    magentas_bad_handle_to_be_closed_kills_by_policy(z, _none: ()) z.mx().close(NO_HANDLE);
    /// In a message of Magenta's.
    magentas_bad_handle_to_be_sent_kills_by_policy(z, ends: z.mx().channel())
        z.mx().write(ends.0, 0, b"", &[NO_HANDLE]);
    /// Of the source of a registration of Magenta's.
    magentas_bad_source_of_a_registration_kills_by_policy(z, port: z.mx().v2())
        z.mx().wait_async(NO_HANDLE, port, 1, SIGNALED, 0);
}
