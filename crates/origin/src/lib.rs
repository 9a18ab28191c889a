//! An HTTP origin whose link is shaped by any network model.
