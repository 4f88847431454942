//! Caches on a web server of the loopback interface, honest and otherwise.

mod builds;
mod faults;
mod round_trip;
mod support;
