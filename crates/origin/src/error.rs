//! What can be wrong with an origin.

use std::io;
use std::path::PathBuf;

/// Why an origin does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OriginError {
    /// A fault is none.
    #[error(transparent)]
    Spec(#[from] spec::SpecError),
    /// A link is none.
    #[error(transparent)]
    Network(#[from] netmodel::NetworkError),
    /// The address cannot be listened on.
    #[error("{address}: cannot listen: {problem}")]
    Listen {
        address: String,
        /// What the system says.
        problem: io::Error,
    },
    /// The folder of a package is none.
    #[error("{}: {problem}", path.display())]
    Package { path: PathBuf, problem: String },
    /// The address of the metadata service is none.
    #[error("{url}: expected the address of a metadata service, such as http://127.0.0.1:8080")]
    Metadata {
        /// The address given.
        url: String,
    },
}
