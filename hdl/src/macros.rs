//! A block whose parts do not all start from `Default`.
//!
//! RustHDL's `Constant` has no default, nor have arrays of blocks of a generic length, so a block
//! with either needs a constructor that names every field. This macro writes it: a field with `=`
//! starts from that expression, which may use the constructor's arguments; others from `Default`.

/// Declares a `LogicBlock` struct and its `new`.
macro_rules! block {
    (
        $(#[$meta:meta])*
        pub struct $name:ident $(<$(const $param:ident: usize),+>)?
        new($($arg:ident: $arg_type:ty),*) {
            $($(#[$field_meta:meta])* $vis:vis $field:ident: $type:ty $(= $value:expr)?),* $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(LogicBlock)]
        pub struct $name $(<$(const $param: usize),+>)? {
            $($(#[$field_meta])* $vis $field: $type),*
        }

        impl $(<$(const $param: usize),+>)? $name $(<$($param),+>)? {
            /// The block in its power-up state.
            #[allow(clippy::new_without_default)]
            pub fn new($($arg: $arg_type),*) -> Self {
                Self { $($field: block!(@start $($value)?)),* }
            }
        }
    };
    (@start) => { Default::default() };
    (@start $value:expr) => { $value };
}
pub(crate) use block;
