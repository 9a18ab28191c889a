//! What every function of the border needs: status codes, messages, strings, and a stop for panics.

use std::cell::RefCell;
use std::ffi::{CStr, CString, c_char};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// How a call ended.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SegueStatus {
    /// Done.
    Ok = 0,
    /// The work failed.
    Failed = 1,
    /// What was given is wrong.
    Input = 2,
    /// A pointer is null that must not be, or a text is no UTF-8.
    Pointer = 3,
    /// A fault of Segue itself.
    Bug = 4,
}

/// Why a call does not give its result.
pub(crate) struct Problem(pub(crate) SegueStatus, pub(crate) String);

impl From<segue_cli::Error> for Problem {
    fn from(error: segue_cli::Error) -> Problem {
        let status = if error.code() == 2 { SegueStatus::Input } else { SegueStatus::Failed };
        Problem(status, error.to_string())
    }
}

/// What the crates say of what they were given.
pub(crate) fn wrong(error: impl std::fmt::Display) -> Problem {
    Problem(SegueStatus::Input, error.to_string())
}

thread_local! {
    static MESSAGE: RefCell<CString> = RefCell::new(CString::default());
}

fn say(message: &str) {
    let text: Vec<u8> = message.bytes().filter(|b| *b != 0).collect();
    // A thread that is ending has no message any more.
    let _ = MESSAGE.try_with(|slot| *slot.borrow_mut() = CString::new(text).unwrap_or_default());
}

/// Does the work of a call, notes what was wrong, and lets no panic through.
pub(crate) fn guard(work: impl FnOnce() -> Result<(), Problem>) -> SegueStatus {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(())) => {
            say("");
            SegueStatus::Ok
        }
        Ok(Err(Problem(status, message))) => {
            say(&message);
            status
        }
        Err(_) => {
            say("a fault of Segue itself: please report it");
            SegueStatus::Bug
        }
    }
}

fn null(what: &str) -> Problem {
    Problem(SegueStatus::Pointer, format!("{what} is null"))
}

/// The text of a C string.
///
/// # Safety
/// `text` is null or a string that ends with a zero byte and lives as long as the answer is used.
pub(crate) unsafe fn text<'a>(text: *const c_char, what: &str) -> Result<&'a str, Problem> {
    if text.is_null() {
        return Err(null(what));
    }
    // SAFETY: by the contract it is a string with its zero byte.
    let bytes = unsafe { CStr::from_ptr(text) };
    bytes.to_str().map_err(|_| Problem(SegueStatus::Pointer, format!("{what} is no UTF-8")))
}

/// The value behind a handle.
///
/// # Safety
/// `handle` is null, or was made by this library and not freed.
pub(crate) unsafe fn value<'a, T>(handle: *const T, what: &str) -> Result<&'a T, Problem> {
    // SAFETY: by the contract it is null or points to a live value.
    unsafe { handle.as_ref() }.ok_or_else(|| null(what))
}

/// Writes a result.
///
/// # Safety
/// `slot` is null or points to room for a `T`.
pub(crate) unsafe fn give<T>(slot: *mut T, value: T) -> Result<(), Problem> {
    if slot.is_null() {
        return Err(null("out"));
    }
    // SAFETY: by the contract there is room for it; what was there is not read.
    unsafe { slot.write(value) };
    Ok(())
}

/// Numbers of the caller.
///
/// # Safety
/// `numbers` is null or points to `n` numbers.
pub(crate) unsafe fn numbers<'a>(numbers: *const f64, n: usize, what: &str) -> Result<&'a [f64], Problem> {
    if n == 0 || n > isize::MAX as usize / size_of::<f64>() {
        return Err(wrong(format!("{what}: {n} numbers, expected at least one")));
    }
    if numbers.is_null() {
        return Err(null(what));
    }
    // SAFETY: by the contract there are n of them, and n fits.
    Ok(unsafe { std::slice::from_raw_parts(numbers, n) })
}

/// Frees what a handle holds.
///
/// # Safety
/// `handle` is null, or was made by `Box::into_raw` in this library and not freed.
pub(crate) unsafe fn free<T>(handle: *mut T) {
    if !handle.is_null() {
        // SAFETY: by the contract it came from a box and is freed once. A panic in a destructor stops here.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(unsafe { Box::from_raw(handle) })));
    }
}

/// Gives a handle of a value; without room for it the value is dropped, not lost.
///
/// # Safety
/// As [`give`].
pub(crate) unsafe fn give_handle<T>(slot: *mut *mut T, value: T) -> Result<(), Problem> {
    match slot.is_null() {
        true => Err(null("out")),
        // SAFETY: the caller's contract.
        false => unsafe { give(slot, Box::into_raw(Box::new(value))) },
    }
}

/// Gives a text that C has to free; without room for it the text is dropped, not lost.
///
/// # Safety
/// As [`give`].
pub(crate) unsafe fn give_text(slot: *mut *mut c_char, text: String) -> Result<(), Problem> {
    let text = CString::new(text).map_err(|e| Problem(SegueStatus::Bug, e.to_string()))?;
    match slot.is_null() {
        true => Err(null("out")),
        // SAFETY: the caller's contract.
        false => unsafe { give(slot, text.into_raw()) },
    }
}

/// What was wrong in the last call of this thread; empty after one that was well. It lives until the next call.
// SAFETY: no other symbol of this name is linked into the library; so for every function here.
#[unsafe(no_mangle)]
pub extern "C" fn segue_error_message() -> *const c_char {
    MESSAGE.try_with(|slot| slot.borrow().as_ptr()).unwrap_or(c"".as_ptr())
}

/// The version of the library, such as 0.1.0.
// SAFETY: as above.
#[unsafe(no_mangle)]
pub extern "C" fn segue_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// Frees a string that this library gave. Null is fine.
///
/// # Safety
/// `text` is null, or was given by this library to be freed, and was not.
// SAFETY: as above.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_string_free(text: *mut c_char) {
    if !text.is_null() {
        // SAFETY: by the contract it came from CString::into_raw and is freed once.
        drop(unsafe { CString::from_raw(text) });
    }
}
