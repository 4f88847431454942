//! Repositories of GitHub, GitLab and SourceHut, as archives of one revision.

use nix_transfer::TransferError;
use serde_json::Value;

use super::{FetchError, Fetched, TreeFetcher, TreeSource};
use crate::reference::{Input, Scheme};

/// A kind of forge, with the addresses of its interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Forge {
    GitHub,
    GitLab,
    SourceHut,
}

/// A repository of a forge.
struct Repository<'a> {
    forge: Forge,
    host: &'a str,
    owner: &'a str,
    name: &'a str,
    token: Option<&'a str>,
}

/// Fetches the archive of the revision that the input names, or that its branch is at.
pub(super) fn fetch(fetcher: &TreeFetcher, input: &Input) -> Result<Fetched, FetchError> {
    let repository = Repository::of(fetcher, input)?;
    let revision = match input.revision()? {
        Some(revision) => revision.base16(),
        None => repository.revision(fetcher, input.branch().unwrap_or("HEAD"))?,
    };
    let mut result = input.clone();
    result.remove("ref");
    result.set("rev", revision.as_str());
    let url = repository.archive_url(&revision);
    let key = format!("rev:{revision}");
    let unpacked = fetcher
        .download_archive(&key, &url, &repository.headers(), input.name(), true)
        .map_err(|error| repository.explain(error))?;
    result.set("lastModified", unpacked.last_modified);
    Ok(Fetched {
        tree: unpacked.tree,
        input: result,
        source: TreeSource::Elsewhere,
    })
}

impl<'a> Repository<'a> {
    fn of(fetcher: &'a TreeFetcher, input: &'a Input) -> Result<Repository<'a>, FetchError> {
        let (forge, host) = match input.scheme() {
            Some(Scheme::GitLab) => (Forge::GitLab, "gitlab.com"),
            Some(Scheme::SourceHut) => (Forge::SourceHut, "git.sr.ht"),
            _ => (Forge::GitHub, "github.com"),
        };
        let attributes = input.attributes();
        let host = attributes.string("host")?.unwrap_or(host);
        let owner = attributes.required_string("owner")?;
        let name = attributes.required_string("repo")?;
        let network = fetcher.network.as_ref();
        let path = format!("{owner}/{name}");
        Ok(Repository {
            forge,
            host,
            owner,
            name,
            token: network.and_then(|network| network.tokens.find(host, &path)),
        })
    }

    /// What proves who asks.
    fn headers(&self) -> Vec<(String, String)> {
        let header = |name: &str, value: String| vec![(name.to_owned(), value)];
        match (self.forge, self.token) {
            (_, None) | (Forge::SourceHut, _) => Vec::new(),
            (Forge::GitHub, Some(token)) => header("Authorization", format!("token {token}")),
            (Forge::GitLab, Some(token)) => match token.split_once(':') {
                Some(("OAuth2", token)) => header("Authorization", format!("Bearer {token}")),
                Some(("PAT", token)) => header("Private-token", token.to_owned()),
                // It has to say its kind; one that does not is sent to nobody.
                _ => Vec::new(),
            },
        }
    }

    /// The path of the repository in the interface of GitLab, where a slash is another.
    fn project(&self) -> String {
        format!("{}%2F{}", self.owner.replace('/', "%2F"), self.name)
    }

    fn archive_url(&self, revision: &str) -> String {
        let Repository {
            host, owner, name, ..
        } = self;
        match self.forge {
            Forge::GitHub if *host != "github.com" => {
                format!("https://{host}/api/v3/repos/{owner}/{name}/tarball/{revision}")
            }
            // The interface asks for tokens, but has few answers for those without one.
            Forge::GitHub if self.token.is_some() => {
                format!("https://api.{host}/repos/{owner}/{name}/tarball/{revision}")
            }
            Forge::GitHub => format!("https://{host}/{owner}/{name}/archive/{revision}.tar.gz"),
            Forge::GitLab => format!(
                "https://{host}/api/v4/projects/{}/repository/archive.tar.gz?sha={revision}",
                self.project()
            ),
            Forge::SourceHut => {
                format!("https://{host}/{owner}/{name}/archive/{revision}.tar.gz")
            }
        }
    }

    /// The revision that a branch or tag is at.
    fn revision(&self, fetcher: &TreeFetcher, branch: &str) -> Result<String, FetchError> {
        let Repository {
            host, owner, name, ..
        } = self;
        let found = match self.forge {
            Forge::GitHub => {
                let base = match *host {
                    "github.com" => "https://api.github.com".to_owned(),
                    host => format!("https://{host}/api/v3"),
                };
                let url = format!("{base}/repos/{owner}/{name}/commits/{branch}");
                self.json(fetcher, &url)?["sha"].as_str().map(str::to_owned)
            }
            Forge::GitLab => {
                let project = self.project();
                let url = format!(
                    "https://{host}/api/v4/projects/{project}/repository/commits?ref_name={branch}"
                );
                let json = self.json(fetcher, &url)?;
                json[0]["id"].as_str().map(str::to_owned)
            }
            Forge::SourceHut => self.sourcehut_revision(fetcher, branch)?,
        };
        let is_revision =
            |text: &String| text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        found
            .filter(is_revision)
            .ok_or_else(|| FetchError::NoSuchBranch {
                repository: format!("https://{host}/{owner}/{name}"),
                branch: branch.to_owned(),
            })
    }

    fn text(&self, fetcher: &TreeFetcher, url: &str) -> Result<String, FetchError> {
        fetcher
            .download_text(url, &self.headers())
            .map_err(|error| self.explain(error))
    }

    fn json(&self, fetcher: &TreeFetcher, url: &str) -> Result<Value, FetchError> {
        let text = self.text(fetcher, url)?;
        serde_json::from_str(&text).map_err(|error| FetchError::Answer {
            url: url.to_owned(),
            reason: error.to_string(),
        })
    }

    /// SourceHut has its branches where Git looks for them.
    fn sourcehut_revision(
        &self,
        fetcher: &TreeFetcher,
        branch: &str,
    ) -> Result<Option<String>, FetchError> {
        let base = format!("https://{}/{}/{}", self.host, self.owner, self.name);
        let wanted = match branch {
            "HEAD" => {
                let head = self.text(fetcher, &format!("{base}/HEAD"))?;
                let line = head.lines().next().unwrap_or_default();
                match line.strip_prefix("ref:") {
                    Some(name) => vec![name.trim().to_owned()],
                    None => return Ok(Some(line.trim().to_owned())),
                }
            }
            branch => vec![
                format!("refs/heads/{branch}"),
                format!("refs/tags/{branch}"),
            ],
        };
        let list = self.text(fetcher, &format!("{base}/info/refs"))?;
        let found = list.lines().find_map(|line| {
            let (revision, name) = line.split_once('\t')?;
            wanted
                .iter()
                .any(|wanted| wanted == name.trim())
                .then(|| revision.to_owned())
        });
        Ok(found)
    }

    /// Says what to do about a limit of the forge.
    fn explain(&self, error: FetchError) -> FetchError {
        match error {
            FetchError::Transfer(
                error @ TransferError::Status {
                    status: 403 | 429, ..
                },
            ) => FetchError::Limit {
                host: self.host.to_owned(),
                has_token: self.token.is_some(),
                error,
            },
            error => error,
        }
    }
}
