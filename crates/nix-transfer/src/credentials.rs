//! Tokens for hosts, as the setting `access-tokens` has them.

use std::collections::BTreeMap;

/// Tokens by host, or by host and the beginning of a path.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccessTokens {
    tokens: BTreeMap<String, String>,
}

impl AccessTokens {
    /// Reads `HOST[/PATH]=TOKEN …`. What has no `=` is passed over.
    #[must_use]
    pub fn parse(text: &str) -> AccessTokens {
        AccessTokens {
            tokens: text
                .split_whitespace()
                .filter_map(|pair| pair.split_once('='))
                .map(|(place, token)| (place.to_owned(), token.to_owned()))
                .collect(),
        }
    }

    /// The token for a path of a host (`github.com`, `owner/repository`): that of the longest
    /// beginning.
    #[must_use]
    pub fn find(&self, host: &str, path: &str) -> Option<&str> {
        let path = path.trim_start_matches('/');
        self.tokens
            .iter()
            .filter(|(place, _)| match place.strip_prefix(host) {
                Some("") => true,
                Some(rest) => rest.strip_prefix('/').is_some_and(|beginning| {
                    path.strip_prefix(beginning)
                        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
                }),
                None => false,
            })
            .max_by_key(|(place, _)| place.len())
            .map(|(_, token)| token.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_beginning_wins() {
        let tokens = AccessTokens::parse("github.com=a github.com/owner=b gitlab.com=PAT:c x");
        assert_eq!(tokens.find("github.com", "other/thing"), Some("a"));
        assert_eq!(tokens.find("github.com", "owner/thing"), Some("b"));
        assert_eq!(tokens.find("github.com", "owners/thing"), Some("a"));
        assert_eq!(tokens.find("gitlab.com", "x/y"), Some("PAT:c"));
        assert_eq!(tokens.find("x", "y"), None);
    }
}
