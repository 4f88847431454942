//! Random graphs of flakes.

use testutils::Random;

use super::World;

const NAMES: [&str; 6] = ["a", "b", "c", "nixpkgs", "utils", "x-y_z"];

/// Tells what a flake is, and its inputs to some depth.
const OUTPUTS: &str = r#"inputs: {
    describe = depth:
      if depth == 0 then "ID" else
      builtins.mapAttrs
        (_: input:
          if input ? describe then input.describe (depth - 1)
          else builtins.attrNames (builtins.readDir input))
        (removeAttrs inputs [ "self" ]) // {
          "self" = "ID";
          "below" = builtins.match ".*-source(.*)" inputs.self.outPath;
        };
  }"#;

/// How a flake refers to another.
#[derive(Clone)]
struct Target {
    url: String,
    is_flake: bool,
}

pub struct Graph {
    pub flakes: usize,
}

impl Graph {
    /// Writes flakes `f0`, `f1`, ... of which each uses later ones only; `f0` is the root.
    pub fn write(world: &World, random: &mut Random) -> Graph {
        let flakes = 2 + random.below(5);
        let graph = Graph { flakes };
        for flake in (0..flakes).rev() {
            graph.write_flake(world, random, flake);
        }
        graph
    }

    fn is_git(flake: usize) -> bool {
        flake % 3 == 2
    }

    /// Writes the `flake.nix` of one flake, and commits it if it is in a repository.
    pub fn write_flake(&self, world: &World, random: &mut Random, flake: usize) {
        let name = format!("f{flake}");
        world.write(&format!("{name}/text"), &random.next().to_string());
        world.write(
            &format!("{name}/sub/flake.nix"),
            &self.text(random, flake, true),
        );
        world.write(
            &format!("{name}/sub/deep/flake.nix"),
            "{ outputs = _: { describe = depth: \"deep\"; }; }\n",
        );
        world.write(
            &format!("{name}/flake.nix"),
            &self.text(random, flake, false),
        );
        if Self::is_git(flake) && !world.path(&name).join(".git").exists() {
            world.git(&name, &["init", "-q"]);
        }
        self.commit(world, flake);
    }

    /// Commits what there is in a flake that is a repository.
    pub fn commit(&self, world: &World, flake: usize) {
        if Self::is_git(flake) {
            let name = format!("f{flake}");
            world.git(&name, &["add", "-A"]);
            world.git(&name, &["commit", "-q", "--allow-empty", "-m", "commit"]);
        }
    }

    /// Something that the inputs of this flake can be.
    fn target(&self, random: &mut Random, flake: usize, is_sub: bool) -> Option<Target> {
        if !is_sub && random.chance(25) {
            let url = *random.pick(&[
                "./sub",
                "path:./sub",
                "path:./sub/deep",
                "./sub/../sub/deep",
            ]);
            return Some(Target {
                url: url.to_owned(),
                is_flake: random.chance(80),
            });
        }
        if is_sub && random.chance(30) {
            return Some(Target {
                url: "path:./deep".to_owned(),
                is_flake: random.chance(80),
            });
        }
        if flake + 1 >= self.flakes {
            return None;
        }
        let other = flake + 1 + random.below(self.flakes - flake - 1);
        let scheme = if Self::is_git(other) {
            "git+file://"
        } else {
            "path:"
        };
        let directory = if random.chance(20) { "?dir=sub" } else { "" };
        let url = format!("{scheme}ROOT/f{other}{directory}");
        Some(Target {
            url,
            is_flake: random.chance(85),
        })
    }

    fn text(&self, random: &mut Random, flake: usize, is_sub: bool) -> String {
        let mut lines = Vec::new();
        let mut names: Vec<&str> = Vec::new();
        for name in NAMES {
            if !random.chance(if is_sub { 25 } else { 50 }) {
                continue;
            }
            let others: Vec<&str> = names.clone();
            if !others.is_empty() && random.chance(15) {
                let path = self.follows_path(random, &others);
                lines.push(format!("inputs.{name}.follows = \"{path}\";"));
                names.push(name);
                continue;
            }
            let Some(target) = self.target(random, flake, is_sub) else {
                continue;
            };
            lines.push(format!("inputs.{name}.url = \"{}\";", target.url));
            if !target.is_flake {
                lines.push(format!("inputs.{name}.flake = false;"));
            }
            names.push(name);
        }
        for name in &names {
            for nested in NAMES {
                if !random.chance(12) {
                    continue;
                }
                let deeper = match random.chance(25) {
                    true => format!("{nested}.inputs.{}", random.pick(&NAMES)),
                    false => nested.to_owned(),
                };
                let line = if random.chance(60) {
                    let path = match random.chance(5) {
                        true => String::new(),
                        false => self.follows_path(random, &names),
                    };
                    format!("inputs.{name}.inputs.{deeper}.follows = \"{path}\";")
                } else {
                    match self.target(random, flake, is_sub) {
                        Some(target) => {
                            format!("inputs.{name}.inputs.{deeper}.url = \"{}\";", target.url)
                        }
                        None => continue,
                    }
                };
                // One place can be said only once.
                let place = line.split(" = ").next().unwrap_or_default().to_owned();
                let base = place
                    .trim_end_matches(".url")
                    .trim_end_matches(".follows")
                    .to_owned();
                if lines.iter().all(|line| {
                    !line.starts_with(&format!("{base}.url"))
                        && !line.starts_with(&format!("{base}.follows"))
                }) {
                    lines.push(line);
                }
            }
        }
        let place = if is_sub { "sub" } else { "root" };
        format!(
            "{{\n  {}\n  outputs = {};\n}}\n",
            lines.join("\n  "),
            OUTPUTS.replace("ID", &format!("f{flake} {place}"))
        )
    }

    fn follows_path(&self, random: &mut Random, names: &[&str]) -> String {
        let first = random.pick(names).to_string();
        match random.chance(25) {
            true => format!("{first}/{}", random.pick(&NAMES)),
            false => first,
        }
    }

    /// Names of inputs that may be there.
    pub fn some_input(&self, random: &mut Random) -> String {
        let first = *random.pick(&NAMES);
        match random.chance(30) {
            true => format!("{first}/{}", random.pick(&NAMES)),
            false => first.to_owned(),
        }
    }

    /// A reference that a user might put in an input's place.
    pub fn some_reference(&self, world: &World, random: &mut Random) -> String {
        let other = 1 + random.below(self.flakes - 1);
        let scheme = if Self::is_git(other) {
            "git+file://"
        } else {
            "path:"
        };
        format!("{scheme}{}", world.path(&format!("f{other}")).display())
    }
}
