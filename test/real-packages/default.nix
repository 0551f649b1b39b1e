# A small world of real packages, from Debian's source archives in the folder `sources`, with the machine's compiler.
# What needs what:
#
#   zlib ──┬─> libpng ──> pngcrush ──┐
#          └─> minizip <─┐           ├─> tools ──> checked
#   bzip2 ───┬───────────┘           │
#            └─> pbzip2 ─────────────┤
#   lua ─────> lua-cjson ────────────┤
#   xxhash ──────────────────────────┘
{ sources }:
let
  inherit (import ./package.nix { inherit sources; }) fetch package;
in
rec {
  zlib = package {
    name = "zlib-1.2.13";
    source = fetch "zlib_1.2.13.dfsg.orig.tar.bz2" "71feb7947e3c00ef125f83b79a4e529bde31171e5babe48b391f06758d1ab0a1";
    outputs = [
      "out"
      "dev"
    ];
    script = ''
      ./configure --prefix=$out --includedir=$dev/include --sharedlibdir=$out/lib
      make -s libz.so.1.2.13
      mkdir -p $out/lib $dev/include
      cp -P libz.so* $out/lib
      cp zlib.h zconf.h $dev/include
    '';
  };

  bzip2 = package {
    name = "bzip2-1.0.8";
    source = fetch "bzip2_1.0.8.orig.tar.gz" "ab5a03176ee106d3f0fa90e381da478ddae405918153cca248e682cd0c4a2269";
    outputs = [
      "out"
      "dev"
    ];
    script = ''
      make -s -f Makefile-libbz2_so CFLAGS="$CFLAGS -D_FILE_OFFSET_BITS=64"
      mkdir -p $out/lib $dev/include
      cp libbz2.so.1.0.8 $out/lib
      ln -s libbz2.so.1.0.8 $out/lib/libbz2.so.1.0
      ln -s libbz2.so.1.0.8 $out/lib/libbz2.so
      cp bzlib.h $dev/include
    '';
  };

  libpng = package {
    name = "libpng-1.6.39";
    source = fetch "libpng1.6_1.6.39.orig.tar.gz" "a00e9d2f2f664186e4202db9299397f851aea71b36a35e74910b8820e380d441";
    dependencies = [
      zlib
      zlib.dev
    ];
    script = ''
      cp scripts/pnglibconf.h.prebuilt pnglibconf.h
      gcc $CFLAGS $CPPFLAGS -DPNG_INTEL_SSE_OPT=0 -DPNG_ARM_NEON_OPT=0 -shared -Wl,-soname,libpng16.so -o libpng16.so \
        png.c pngerror.c pngget.c pngmem.c pngpread.c pngread.c pngrio.c pngrtran.c pngrutil.c pngset.c pngtrans.c \
        pngwio.c pngwrite.c pngwtran.c pngwutil.c $LDFLAGS -lz -lm
      mkdir -p $out/lib $out/include $out/share
      cp libpng16.so $out/lib
      ln -s libpng16.so $out/lib/libpng.so
      cp png.h pngconf.h pnglibconf.h $out/include
      cp pngtest.png $out/share
    '';
  };

  pngcrush = package {
    name = "pngcrush-1.8.13";
    source = fetch "pngcrush_1.8.13.orig.tar.xz" "3b4eac8c5c69fe0894ad63534acedf6375b420f7038f7fc003346dd352618350";
    dependencies = [
      libpng
      zlib
      zlib.dev
    ];
    script = ''
      make -s CPPFLAGS="$CPPFLAGS" CFLAGS="$CFLAGS -w" LDFLAGS="$LDFLAGS" LIBS="-lpng -lz -lm"
      mkdir -p $out/bin
      cp pngcrush $out/bin
    '';
  };

  minizip = package {
    name = "minizip-1.1";
    source = fetch "minizip_1.1.orig.tar.xz" "7d8da446d3b6799e7851f077a66551a46b80fc3de708549e79dbd3e49e842ba1";
    dependencies = [
      zlib
      zlib.dev
      bzip2
      bzip2.dev
    ];
    script = ''
      mkdir -p $out/bin
      for program in minizip miniunz; do
        gcc $CFLAGS -w $CPPFLAGS -DHAVE_BZIP2 -o $out/bin/$program $program.c zip.c unzip.c ioapi.c $LDFLAGS -lz -lbz2
      done
    '';
  };

  pbzip2 = package {
    name = "pbzip2-1.1.13";
    source = fetch "pbzip2_1.1.13.orig.tar.gz" "bca3d7b50e4e5f963c82cb9626bb72e4062d83bc2b8b028eee22efdcda972b9b";
    dependencies = [
      bzip2
      bzip2.dev
    ];
    script = ''
      make -s CXXFLAGS="$CFLAGS $CPPFLAGS -pthread -D_FILE_OFFSET_BITS=64" LDFLAGS="$LDFLAGS" PREFIX=$out all install
    '';
  };

  lua = package {
    name = "lua-5.4.4";
    source = fetch "lua5.4_5.4.4.orig.tar.gz" "164c7849653b80ae67bec4b7473b884bf5cc8d2dca05653475ec2ed27b9ebf61";
    outputs = [
      "out"
      "dev"
    ];
    script = ''
      make -s -C src lua LUA_T=lua MYCFLAGS="$CFLAGS -DLUA_USE_LINUX" MYLIBS="-Wl,-E -ldl" CFLAGS="$CFLAGS -DLUA_USE_LINUX"
      mkdir -p $out/bin $dev/include
      cp src/lua $out/bin
      cp src/{lua,luaconf,lualib,lauxlib}.h $dev/include
    '';
  };

  lua-cjson = package {
    name = "lua-cjson-2.1.0";
    source = fetch "lua-cjson_2.1.0+dfsg.orig.tar.gz" "94f1fce36742cf00e99c5071b309b9f71e6e7daf60a7151f7bf4ac0a97259ac4";
    dependencies = [ lua.dev ];
    script = ''
      mkdir -p $out/lib/lua
      gcc $CFLAGS $CPPFLAGS -Dlua_objlen=lua_rawlen -shared -o $out/lib/lua/cjson.so lua_cjson.c strbuf.c fpconv.c -lm
    '';
  };

  xxhash = package {
    name = "xxhash-0.8.1";
    source = fetch "xxhash_0.8.1.orig.tar.gz" "3bb6b7d6f30c591dd65aaaff1c8b7a5b94d81687998ca9400082c739a690436c";
    script = ''
      make -s xxhsum CFLAGS="$CFLAGS"
      mkdir -p $out/bin
      cp xxhsum $out/bin
    '';
  };

  # One folder of links to all programs, and a Lua that finds its library.
  tools = package {
    name = "tools";
    dependencies = [
      minizip
      pbzip2
      pngcrush
      xxhash
    ];
    script = ''
      mkdir -p $out/bin $out/share
      for package in $dependencies; do ln -s $package/bin/* $out/bin; done
      ln -s ${libpng}/share/pngtest.png $out/share
      printf '#!/bin/sh\nLUA_CPATH=%s exec %s "$@"\n' '${lua-cjson}/lib/lua/?.so' '${lua}/bin/lua' > $out/bin/lua
      chmod +x $out/bin/lua
    '';
  };

  # The test of it all, as its own derivation: what goes through every program must come out as it was.
  checked = package {
    name = "checked";
    dependencies = [ tools ];
    script = ''
      PATH=${tools}/bin:$PATH
      cp ${tools}/share/pngtest.png picture.png
      say "crushing a picture"
      pngcrush -q picture.png crushed.png
      say "packing"
      minizip -b packed.zip picture.png crushed.png >/dev/null
      pbzip2 --keep --quiet packed.zip
      mkdir again
      cd again
      say "unpacking"
      pbzip2 --decompress --stdout ../packed.zip.bz2 > packed.zip
      miniunz packed.zip >/dev/null
      for file in picture.png crushed.png packed.zip; do
        [ "$(xxhsum -q $file)" = "$(cd .. && xxhsum -q $file)" ]
      done
      size=$(stat --format=%s crushed.png)
      lua -e 'io.write(require("cjson").encode({ _VERSION, tonumber(arg[1]) }), "\n")' /dev/null $size > $out
      say "all came out as it went in: $(cat $out)"
    '';
  };
}
