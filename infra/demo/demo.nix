# A small world without any package set: the builder is the sandbox's own shell. Everything takes a moment, so that
# one sees it happen.
#
#   compiler ─┬─> left ──┐
#             └─> right ─┴─> library (out, dev) ─┬─> program (out, doc) ──> image
#   settings ────────────────────────────────────┴─> manual
#
# `compiler` to `library` is the diamond, `library` to `image` the chain; `manual` needs no program, and `settings`
# stands apart from whatever happens to the compiler.
let
  build =
    name: attributes:
    derivation (
      {
        inherit name;
        system = builtins.currentSystem;
        builder = "/bin/sh";
        args = [
          "-euc"
          "export PATH=/usr/bin; sleep 0.3; echo \"$name: at work\"; ${attributes.script}"
        ];
      }
      // removeAttrs attributes [ "script" ]
    );
in
rec {
  settings = build "settings" { script = "echo 'colour = blue' > $out"; };

  compiler = build "compiler" { script = "echo 'compiler 1' > $out"; };

  left = build "left" {
    inherit compiler;
    script = "echo \"left, by $(cat $compiler)\" > $out";
  };

  right = build "right" {
    inherit compiler;
    script = "echo \"right, by $(cat $compiler)\" > $out";
  };

  library = build "library" {
    inherit left right;
    outputs = [
      "out"
      "dev"
    ];
    script = "cat $left $right > $out; echo 'int answer(void);' > $dev";
  };

  program = build "program" {
    library = library.out;
    headers = library.dev;
    outputs = [
      "out"
      "doc"
    ];
    script = "cat $library $headers > $out; echo 'how to use it' > $doc";
  };

  image = build "image" {
    inherit program;
    script = "mkdir $out; ln -s $program $out/program";
  };

  manual = build "manual" {
    inherit settings;
    headers = library.dev;
    script = "cat $settings $headers > $out";
  };

  all = build "all" {
    inherit image manual;
    script = "mkdir $out; ln -s $image $out/image; ln -s $manual $out/manual";
  };
}
