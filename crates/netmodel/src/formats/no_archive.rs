//! What stands for [`archive`](super::archive) in a build without the feature `archives`: packed inputs are refused.

use super::member::Unpacked;
use crate::NetworkError;

pub(super) fn unzip(_bytes: &[u8], _left: &mut u64) -> Result<Unpacked, NetworkError> {
    Err(refused("a zip archive"))
}

pub(super) fn gunzip(_bytes: &[u8], _left: &mut u64) -> Result<Vec<u8>, NetworkError> {
    Err(refused("compressed by gzip"))
}

fn refused(found: &str) -> NetworkError {
    let expected =
        "what is in it: this program is built without the feature `archives` of the crate segue-netmodel";
    NetworkError::input(0, "the input", found, expected)
}
