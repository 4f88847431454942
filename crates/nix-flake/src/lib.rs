//! Flakes: references, lock files, fetching of trees and outputs.
