// Torchwood asks for this module only in a command that is not used here; it cannot be had everywhere.
module sigsum.org/sigsum-go

go 1.21
