//! Network telemetry and viewer feedback: prediction, sentiment, action.
