function __vmsupervisor_should_offer_completions_for_flags_or_options -a expected_commands
    set -l non_repeating_flags_or_options $argv[2..]
    set -l non_repeating_flags_or_options_absent 0
    set -l positional_index 0
    set -l commands
    __vmsupervisor_parse_tokens
    test "$commands" = "$expected_commands"; and return $non_repeating_flags_or_options_absent
end

function __vmsupervisor_should_offer_completions_for_positional -a expected_commands positional_index_comparison expected_positional_index
    set -l non_repeating_flags_or_options
    set -l non_repeating_flags_or_options_absent 0
    set -l positional_index 0
    set -l commands
    __vmsupervisor_parse_tokens
    test "$commands" = "$expected_commands" -a \( "$positional_index" "$positional_index_comparison" "$expected_positional_index" \)
end

function __vmsupervisor_parse_tokens -S
    set -l unparsed_tokens (__vmsupervisor_tokens -pc)
    switch $unparsed_tokens[1]
    case 'vmsupervisor'
        __vmsupervisor_parse_subcommand 0 'version' 'h/help'
        switch $unparsed_tokens[1]
        case 'run'
            __vmsupervisor_parse_subcommand 1 'socket=' 'host=' 'o/output=' 'no-headers' 'q/quiet' 'kernel=' 'initrd=' 'cmdline=' 'name=' 'memory=' 'vcpus=' 'machine=' 'accel=' 'network=+' 'attach' 'timeout=' 'version' 'h/help'
        case 'status'
            __vmsupervisor_parse_subcommand 1 'socket=' 'host=' 'o/output=' 'no-headers' 'q/quiet' 'version' 'h/help'
        case 'create'
            __vmsupervisor_parse_subcommand 0 'socket=' 'host=' 'o/output=' 'no-headers' 'q/quiet' 'f/file=' 'start' 'strict' 'version' 'h/help'
        case 'start'
            __vmsupervisor_parse_subcommand -r 1 'socket=' 'host=' 'o/output=' 'no-headers' 'q/quiet' 'strict' 'version' 'h/help'
        case 'stop'
            __vmsupervisor_parse_subcommand -r 1 'socket=' 'host=' 'o/output=' 'no-headers' 'q/quiet' 'timeout=' 'version' 'h/help'
        case 'kill'
            __vmsupervisor_parse_subcommand -r 1 'socket=' 'host=' 'o/output=' 'no-headers' 'q/quiet' 'version' 'h/help'
        case 'quiesce'
            __vmsupervisor_parse_subcommand 0 'socket=' 'host=' 'o/output=' 'no-headers' 'q/quiet' 'timeout=' 'version' 'h/help'
        case 'pause'
            __vmsupervisor_parse_subcommand -r 1 'socket=' 'host=' 'o/output=' 'no-headers' 'q/quiet' 'version' 'h/help'
        case 'resume'
            __vmsupervisor_parse_subcommand -r 1 'socket=' 'host=' 'o/output=' 'no-headers' 'q/quiet' 'version' 'h/help'
        case 'reboot'
            __vmsupervisor_parse_subcommand -r 1 'socket=' 'host=' 'o/output=' 'no-headers' 'q/quiet' 'hard' 'timeout=' 'version' 'h/help'
        case 'nmi'
            __vmsupervisor_parse_subcommand -r 1 'socket=' 'host=' 'o/output=' 'no-headers' 'q/quiet' 'version' 'h/help'
        case 'delete'
            __vmsupervisor_parse_subcommand -r 1 'socket=' 'host=' 'o/output=' 'no-headers' 'q/quiet' 'force' 'version' 'h/help'
        case 'exec'
            __vmsupervisor_parse_subcommand -r 2 'socket=' 'host=' 'o/output=' 'no-headers' 'q/quiet' 'timeout=' 'i/stdin' 'version' 'h/help'
        case 'console'
            __vmsupervisor_parse_subcommand 1 'socket=' 'host=' 'o/output=' 'no-headers' 'q/quiet' 'readonly' 'take' 'stay' 'history=' 'version' 'h/help'
        case 'logs'
            __vmsupervisor_parse_subcommand 1 'socket=' 'host=' 'o/output=' 'no-headers' 'q/quiet' 'f/follow' 'n/lines=' 'version' 'h/help'
        case 'wait'
            __vmsupervisor_parse_subcommand 1 'socket=' 'host=' 'o/output=' 'no-headers' 'q/quiet' 'state=' 'timeout=' 'version' 'h/help'
        case 'ports'
            __vmsupervisor_parse_subcommand 0 'socket=' 'host=' 'o/output=' 'no-headers' 'q/quiet' 'version' 'h/help'
        case 'network'
            __vmsupervisor_parse_subcommand 1 'socket=' 'host=' 'o/output=' 'no-headers' 'q/quiet' 'nic=' 'isolate' 'open' 'allow-domain=+' 'allow-address=+' 'disallow-domain=+' 'disallow-address=+' 'forward=+' 'unforward=+' 'limit-send=' 'limit-receive=' 'version' 'h/help'
        case 'disk'
            __vmsupervisor_parse_subcommand 0 'version' 'h/help'
            switch $unparsed_tokens[1]
            case 'list'
                __vmsupervisor_parse_subcommand 1 'socket=' 'host=' 'o/output=' 'no-headers' 'q/quiet' 'version' 'h/help'
            case 'attach'
                __vmsupervisor_parse_subcommand 1 'socket=' 'host=' 'o/output=' 'no-headers' 'q/quiet' 'path=' 'size=' 'name=' 'format=' 'bus=' 'readonly' 'version' 'h/help'
            case 'detach'
                __vmsupervisor_parse_subcommand 2 'socket=' 'host=' 'o/output=' 'no-headers' 'q/quiet' 'delete' 'version' 'h/help'
            case 'resize'
                __vmsupervisor_parse_subcommand 3 'socket=' 'host=' 'o/output=' 'no-headers' 'q/quiet' 'version' 'h/help'
            end
        case 'nic'
            __vmsupervisor_parse_subcommand 0 'version' 'h/help'
            switch $unparsed_tokens[1]
            case 'attach'
                __vmsupervisor_parse_subcommand 1 'socket=' 'host=' 'o/output=' 'no-headers' 'q/quiet' 'network=' 'address=' 'model=' 'isolate' 'version' 'h/help'
            case 'detach'
                __vmsupervisor_parse_subcommand 2 'socket=' 'host=' 'o/output=' 'no-headers' 'q/quiet' 'version' 'h/help'
            end
        case 'cdrom'
            __vmsupervisor_parse_subcommand 0 'version' 'h/help'
            switch $unparsed_tokens[1]
            case 'insert'
                __vmsupervisor_parse_subcommand 2 'socket=' 'host=' 'o/output=' 'no-headers' 'q/quiet' 'drive=' 'force' 'version' 'h/help'
            case 'eject'
                __vmsupervisor_parse_subcommand 1 'socket=' 'host=' 'o/output=' 'no-headers' 'q/quiet' 'drive=' 'force' 'version' 'h/help'
            end
        case 'screenshot'
            __vmsupervisor_parse_subcommand 2 'socket=' 'host=' 'o/output=' 'no-headers' 'q/quiet' 'version' 'h/help'
        case 'vnc'
            __vmsupervisor_parse_subcommand 1 'socket=' 'host=' 'o/output=' 'no-headers' 'q/quiet' 'version' 'h/help'
        case 'sync-time'
            __vmsupervisor_parse_subcommand -r 1 'socket=' 'host=' 'o/output=' 'no-headers' 'q/quiet' 'version' 'h/help'
        case 'limit'
            __vmsupervisor_parse_subcommand 1 'socket=' 'host=' 'o/output=' 'no-headers' 'q/quiet' 'cpu=' 'cpu-weight=' 'memory-overhead=' 'iops=+' 'throughput=+' 'io-weight=' 'tasks=' 'version' 'h/help'
        case 'balloon'
            __vmsupervisor_parse_subcommand 2 'socket=' 'host=' 'o/output=' 'no-headers' 'q/quiet' 'version' 'h/help'
        case 'capacity'
            __vmsupervisor_parse_subcommand 0 'socket=' 'host=' 'o/output=' 'no-headers' 'q/quiet' 'version' 'h/help'
        case 'audit'
            __vmsupervisor_parse_subcommand 0 'socket=' 'host=' 'o/output=' 'no-headers' 'q/quiet' 'fix' 'version' 'h/help'
        case 'events'
            __vmsupervisor_parse_subcommand 1 'socket=' 'host=' 'o/output=' 'no-headers' 'q/quiet' 'f/follow' 'n/lines=' 'since=' 'version' 'h/help'
        case 'explain'
            __vmsupervisor_parse_subcommand 1 'socket=' 'host=' 'o/output=' 'no-headers' 'q/quiet' 'config=' 'version' 'h/help'
        case 'doctor'
            __vmsupervisor_parse_subcommand 0 'socket=' 'host=' 'o/output=' 'no-headers' 'q/quiet' 'strict' 'config=' 'version' 'h/help'
        case 'top'
            __vmsupervisor_parse_subcommand 0 'socket=' 'host=' 'o/output=' 'no-headers' 'q/quiet' 'once' 'sort=' 'interval=' 'version' 'h/help'
        case 'tls'
            __vmsupervisor_parse_subcommand 0 'version' 'h/help'
            switch $unparsed_tokens[1]
            case 'init'
                __vmsupervisor_parse_subcommand 0 'folder=' 'name=' 'days=' 'o/output=' 'no-headers' 'q/quiet' 'version' 'h/help'
            case 'issue'
                __vmsupervisor_parse_subcommand 2 'folder=' 'address=+' 'days=' 'out=' 'force' 'o/output=' 'no-headers' 'q/quiet' 'version' 'h/help'
            case 'revoke'
                __vmsupervisor_parse_subcommand 1 'folder=' 'o/output=' 'no-headers' 'q/quiet' 'version' 'h/help'
            case 'refresh'
                __vmsupervisor_parse_subcommand 0 'folder=' 'o/output=' 'no-headers' 'q/quiet' 'version' 'h/help'
            case 'show'
                __vmsupervisor_parse_subcommand -r 1 'folder=' 'o/output=' 'no-headers' 'q/quiet' 'version' 'h/help'
            end
        case 'daemon'
            __vmsupervisor_parse_subcommand 0 'config=' 'version' 'h/help'
        case 'help'
            __vmsupervisor_parse_subcommand -r 1 'version'
        end
    end
end

function __vmsupervisor_tokens
    if test (string split -m 1 -f 1 -- . "$FISH_VERSION") -gt 3
        commandline --tokens-raw $argv
    else
        commandline -o $argv
    end
end

function __vmsupervisor_parse_subcommand -S -a positional_count
    argparse -s r -- $argv
    set -l option_specs $argv[2..]
    set -l is_repeating_positional $_flag_r
    set -el _flag_r
    set -a commands $unparsed_tokens[1]
    set positional_index 0
    while true
        set -e unparsed_tokens[1]
        argparse -sn "$commands" $option_specs -- $unparsed_tokens 2> /dev/null
        set unparsed_tokens $argv
        set positional_index (math $positional_index + 1)
        for non_repeating_flag_or_option in $non_repeating_flags_or_options
            if set -ql "_flag_$(string replace -a - _ -- $non_repeating_flag_or_option)"
                set non_repeating_flags_or_options_absent 1
                break
            end
        end
        test (count $unparsed_tokens) -eq 0 -o \( -z "$is_repeating_positional" -a "$positional_index" -gt "$positional_count" \) && break
    end
end

function __vmsupervisor_complete_directories
    set -l token (commandline -t)
    string match -- '*/' $token
    set -l subdirs $token*/
    printf %s\n $subdirs
end

function __vmsupervisor_custom_completion
    set -x SAP_SHELL fish
    set -x SAP_SHELL_VERSION $FISH_VERSION
    set -l tokens (__vmsupervisor_tokens -p)
    if test -z "$(__vmsupervisor_tokens -t)"
        set -l index (count (__vmsupervisor_tokens -pc))
        set tokens $tokens[..$index] \'\' $tokens[(math $index + 1)..]
    end
    command $tokens[1] $argv $tokens
end

complete -c 'vmsupervisor' -f
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor" version' -l 'version' -d 'Show the version.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor" -eq 1' -fa 'run' -d 'Create a VM, start it, wait until it runs, and print its name.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor" -eq 1' -fa 'status' -d 'Show all VMs, or everything about one.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor" -eq 1' -fa 'create' -d 'Create a VM from a specification, without starting it.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor" -eq 1' -fa 'start' -d 'Start VMs that exist.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor" -eq 1' -fa 'stop' -d 'Ask guests to power off, and wait until they have.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor" -eq 1' -fa 'kill' -d 'End VMs at once, as if their power was cut.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor" -eq 1' -fa 'quiesce' -d 'Power off all guests because the host goes down.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor" -eq 1' -fa 'pause' -d 'Halt guests with their memory kept.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor" -eq 1' -fa 'resume' -d 'Let halted guests go on.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor" -eq 1' -fa 'reboot' -d 'Start guests again.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor" -eq 1' -fa 'nmi' -d 'Raise a non-maskable interrupt in guests.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor" -eq 1' -fa 'delete' -d 'Remove VMs, with the disks that were made for them.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor" -eq 1' -fa 'exec' -d 'Run a program in a guest, through its agent.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor" -eq 1' -fa 'console' -d 'Attach the terminal to a guest\'s console.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor" -eq 1' -fa 'logs' -d 'Show what a guest wrote to its console.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor" -eq 1' -fa 'wait' -d 'Wait until a VM is in a state.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor" -eq 1' -fa 'ports' -d 'Show the network ports that netd holds for the VMs of this host.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor" -eq 1' -fa 'network' -d 'Show or change what a VM\'s network card may reach and how it is reached.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor" -eq 1' -fa 'disk' -d 'Show a VM\'s disks, give it some, take some away, or make them larger.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor" -eq 1' -fa 'nic' -d 'Give a VM network cards, or take some away.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor" -eq 1' -fa 'cdrom' -d 'Change what lies in a VM\'s CD drives.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor" -eq 1' -fa 'screenshot' -d 'Write a picture of a guest\'s screen to a file.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor" -eq 1' -fa 'vnc' -d 'Say where a guest\'s screen can be looked at.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor" -eq 1' -fa 'sync-time' -d 'Set guests\' clocks to the host\'s, through their agents.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor" -eq 1' -fa 'limit' -d 'Show or change what a VM may take of its host.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor" -eq 1' -fa 'balloon' -d 'Ask a guest to live with less of its memory, or give it back.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor" -eq 1' -fa 'capacity' -d 'Show what this host can give to VMs, and what it has promised.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor" -eq 1' -fa 'audit' -d 'Count everything that VMs can leave behind.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor" -eq 1' -fa 'events' -d 'Show what happened on this host: who did what to which VM, and why.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor" -eq 1' -fa 'explain' -d 'Say why a VM is as it is, and what to do about it.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor" -eq 1' -fa 'doctor' -d 'Look at everything that VMs need of this host, and say what to do.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor" -eq 1' -fa 'top' -d 'Show what the VMs of this host use, again and again.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor" -eq 1' -fa 'tls' -d 'Make the certificates with which nodes and those who ask them know each other.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor" -eq 1' -fa 'daemon' -d 'Run the supervisor of this host.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor" -eq 1' -fa 'help' -d 'Show subcommand help information.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor run" socket' -l 'socket' -d 'The daemon\'s socket. Default: $PROCURATOR_SOCKET, then /run/procurator/vmsupervisor.sock.' -rF
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor run" host' -l 'host' -d 'Another node: the name of a context, or HOST[:PORT]. Default: $PROCURATOR_HOST.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor run" o output' -l 'output' -s 'o' -d 'table, json, yaml or name.' -rfka 'table json yaml name'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor run" no-headers' -l 'no-headers' -d 'Leave out the first line of tables.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor run" q quiet' -l 'quiet' -s 'q' -d 'Print names only, and no remarks.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor run" kernel' -l 'kernel' -d 'The kernel image.' -rF
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor run" initrd' -l 'initrd' -d 'The initial RAM file system.' -rF
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor run" cmdline' -l 'cmdline' -d 'The kernel\'s command line.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor run" name' -l 'name' -d 'The VM\'s name. Default: vm- and six random digits.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor run" memory' -l 'memory' -d 'Memory, such as 256MiB.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor run" vcpus' -l 'vcpus' -d 'Processors.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor run" machine' -l 'machine' -d 'q35 or microvm.' -rfka 'q35 microvm'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor run" accel' -l 'accel' -d 'auto, kvm or tcg.' -rfka 'auto kvm tcg'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor run"' -l 'network' -d 'A network to be on; once per card. Default: none.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor run" attach' -l 'attach' -d 'Attach the terminal to the guest\'s console.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor run" timeout' -l 'timeout' -d 'How long to wait until it runs.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor run" -eq 1' -F
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor run" version' -l 'version' -d 'Show the version.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor run" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor status" socket' -l 'socket' -d 'The daemon\'s socket. Default: $PROCURATOR_SOCKET, then /run/procurator/vmsupervisor.sock.' -rF
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor status" host' -l 'host' -d 'Another node: the name of a context, or HOST[:PORT]. Default: $PROCURATOR_HOST.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor status" o output' -l 'output' -s 'o' -d 'table, json, yaml or name.' -rfka 'table json yaml name'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor status" no-headers' -l 'no-headers' -d 'Leave out the first line of tables.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor status" q quiet' -l 'quiet' -s 'q' -d 'Print names only, and no remarks.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor status" -eq 1' -fka '(timeout 2 vmsupervisor status --output name 2>/dev/null)'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor status" version' -l 'version' -d 'Show the version.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor status" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor create" socket' -l 'socket' -d 'The daemon\'s socket. Default: $PROCURATOR_SOCKET, then /run/procurator/vmsupervisor.sock.' -rF
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor create" host' -l 'host' -d 'Another node: the name of a context, or HOST[:PORT]. Default: $PROCURATOR_HOST.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor create" o output' -l 'output' -s 'o' -d 'table, json, yaml or name.' -rfka 'table json yaml name'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor create" no-headers' -l 'no-headers' -d 'Leave out the first line of tables.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor create" q quiet' -l 'quiet' -s 'q' -d 'Print names only, and no remarks.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor create" f file' -l 'file' -s 'f' -d 'The specification, YAML or JSON; - for standard input.' -rF
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor create" start' -l 'start' -d 'Start it too.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor create" strict' -l 'strict' -d 'Refuse to run it, now and later, with a layer of confinement missing.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor create" version' -l 'version' -d 'Show the version.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor create" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor start" socket' -l 'socket' -d 'The daemon\'s socket. Default: $PROCURATOR_SOCKET, then /run/procurator/vmsupervisor.sock.' -rF
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor start" host' -l 'host' -d 'Another node: the name of a context, or HOST[:PORT]. Default: $PROCURATOR_HOST.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor start" o output' -l 'output' -s 'o' -d 'table, json, yaml or name.' -rfka 'table json yaml name'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor start" no-headers' -l 'no-headers' -d 'Leave out the first line of tables.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor start" q quiet' -l 'quiet' -s 'q' -d 'Print names only, and no remarks.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor start" strict' -l 'strict' -d 'Refuse to run it, now and later, with a layer of confinement missing.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor start" -ge 1' -fka '(timeout 2 vmsupervisor status --output name 2>/dev/null)'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor start" version' -l 'version' -d 'Show the version.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor start" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor stop" socket' -l 'socket' -d 'The daemon\'s socket. Default: $PROCURATOR_SOCKET, then /run/procurator/vmsupervisor.sock.' -rF
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor stop" host' -l 'host' -d 'Another node: the name of a context, or HOST[:PORT]. Default: $PROCURATOR_HOST.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor stop" o output' -l 'output' -s 'o' -d 'table, json, yaml or name.' -rfka 'table json yaml name'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor stop" no-headers' -l 'no-headers' -d 'Leave out the first line of tables.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor stop" q quiet' -l 'quiet' -s 'q' -d 'Print names only, and no remarks.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor stop" timeout' -l 'timeout' -d 'How long a guest may take.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor stop" -ge 1' -fka '(timeout 2 vmsupervisor status --output name 2>/dev/null)'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor stop" version' -l 'version' -d 'Show the version.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor stop" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor kill" socket' -l 'socket' -d 'The daemon\'s socket. Default: $PROCURATOR_SOCKET, then /run/procurator/vmsupervisor.sock.' -rF
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor kill" host' -l 'host' -d 'Another node: the name of a context, or HOST[:PORT]. Default: $PROCURATOR_HOST.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor kill" o output' -l 'output' -s 'o' -d 'table, json, yaml or name.' -rfka 'table json yaml name'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor kill" no-headers' -l 'no-headers' -d 'Leave out the first line of tables.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor kill" q quiet' -l 'quiet' -s 'q' -d 'Print names only, and no remarks.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor kill" -ge 1' -fka '(timeout 2 vmsupervisor status --output name 2>/dev/null)'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor kill" version' -l 'version' -d 'Show the version.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor kill" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor quiesce" socket' -l 'socket' -d 'The daemon\'s socket. Default: $PROCURATOR_SOCKET, then /run/procurator/vmsupervisor.sock.' -rF
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor quiesce" host' -l 'host' -d 'Another node: the name of a context, or HOST[:PORT]. Default: $PROCURATOR_HOST.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor quiesce" o output' -l 'output' -s 'o' -d 'table, json, yaml or name.' -rfka 'table json yaml name'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor quiesce" no-headers' -l 'no-headers' -d 'Leave out the first line of tables.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor quiesce" q quiet' -l 'quiet' -s 'q' -d 'Print names only, and no remarks.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor quiesce" timeout' -l 'timeout' -d 'How long guests may take.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor quiesce" version' -l 'version' -d 'Show the version.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor quiesce" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor pause" socket' -l 'socket' -d 'The daemon\'s socket. Default: $PROCURATOR_SOCKET, then /run/procurator/vmsupervisor.sock.' -rF
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor pause" host' -l 'host' -d 'Another node: the name of a context, or HOST[:PORT]. Default: $PROCURATOR_HOST.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor pause" o output' -l 'output' -s 'o' -d 'table, json, yaml or name.' -rfka 'table json yaml name'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor pause" no-headers' -l 'no-headers' -d 'Leave out the first line of tables.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor pause" q quiet' -l 'quiet' -s 'q' -d 'Print names only, and no remarks.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor pause" -ge 1' -fka '(timeout 2 vmsupervisor status --output name 2>/dev/null)'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor pause" version' -l 'version' -d 'Show the version.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor pause" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor resume" socket' -l 'socket' -d 'The daemon\'s socket. Default: $PROCURATOR_SOCKET, then /run/procurator/vmsupervisor.sock.' -rF
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor resume" host' -l 'host' -d 'Another node: the name of a context, or HOST[:PORT]. Default: $PROCURATOR_HOST.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor resume" o output' -l 'output' -s 'o' -d 'table, json, yaml or name.' -rfka 'table json yaml name'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor resume" no-headers' -l 'no-headers' -d 'Leave out the first line of tables.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor resume" q quiet' -l 'quiet' -s 'q' -d 'Print names only, and no remarks.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor resume" -ge 1' -fka '(timeout 2 vmsupervisor status --output name 2>/dev/null)'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor resume" version' -l 'version' -d 'Show the version.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor resume" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor reboot" socket' -l 'socket' -d 'The daemon\'s socket. Default: $PROCURATOR_SOCKET, then /run/procurator/vmsupervisor.sock.' -rF
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor reboot" host' -l 'host' -d 'Another node: the name of a context, or HOST[:PORT]. Default: $PROCURATOR_HOST.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor reboot" o output' -l 'output' -s 'o' -d 'table, json, yaml or name.' -rfka 'table json yaml name'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor reboot" no-headers' -l 'no-headers' -d 'Leave out the first line of tables.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor reboot" q quiet' -l 'quiet' -s 'q' -d 'Print names only, and no remarks.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor reboot" hard' -l 'hard' -d 'Press the reset button at once.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor reboot" timeout' -l 'timeout' -d 'How long a guest may take.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor reboot" -ge 1' -fka '(timeout 2 vmsupervisor status --output name 2>/dev/null)'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor reboot" version' -l 'version' -d 'Show the version.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor reboot" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor nmi" socket' -l 'socket' -d 'The daemon\'s socket. Default: $PROCURATOR_SOCKET, then /run/procurator/vmsupervisor.sock.' -rF
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor nmi" host' -l 'host' -d 'Another node: the name of a context, or HOST[:PORT]. Default: $PROCURATOR_HOST.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor nmi" o output' -l 'output' -s 'o' -d 'table, json, yaml or name.' -rfka 'table json yaml name'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor nmi" no-headers' -l 'no-headers' -d 'Leave out the first line of tables.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor nmi" q quiet' -l 'quiet' -s 'q' -d 'Print names only, and no remarks.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor nmi" -ge 1' -fka '(timeout 2 vmsupervisor status --output name 2>/dev/null)'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor nmi" version' -l 'version' -d 'Show the version.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor nmi" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor delete" socket' -l 'socket' -d 'The daemon\'s socket. Default: $PROCURATOR_SOCKET, then /run/procurator/vmsupervisor.sock.' -rF
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor delete" host' -l 'host' -d 'Another node: the name of a context, or HOST[:PORT]. Default: $PROCURATOR_HOST.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor delete" o output' -l 'output' -s 'o' -d 'table, json, yaml or name.' -rfka 'table json yaml name'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor delete" no-headers' -l 'no-headers' -d 'Leave out the first line of tables.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor delete" q quiet' -l 'quiet' -s 'q' -d 'Print names only, and no remarks.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor delete" force' -l 'force' -d 'Kill the VM first if it runs.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor delete" -ge 1' -fka '(timeout 2 vmsupervisor status --output name 2>/dev/null)'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor delete" version' -l 'version' -d 'Show the version.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor delete" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor exec" socket' -l 'socket' -d 'The daemon\'s socket. Default: $PROCURATOR_SOCKET, then /run/procurator/vmsupervisor.sock.' -rF
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor exec" host' -l 'host' -d 'Another node: the name of a context, or HOST[:PORT]. Default: $PROCURATOR_HOST.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor exec" o output' -l 'output' -s 'o' -d 'table, json, yaml or name.' -rfka 'table json yaml name'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor exec" no-headers' -l 'no-headers' -d 'Leave out the first line of tables.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor exec" q quiet' -l 'quiet' -s 'q' -d 'Print names only, and no remarks.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor exec" timeout' -l 'timeout' -d 'How long the program may take.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor exec" i stdin' -s 'i' -l 'stdin' -d 'Pass standard input on, up to 4 MiB. The program starts when all of it is there.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor exec" -eq 1' -fka '(timeout 2 vmsupervisor status --output name 2>/dev/null)'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor exec" version' -l 'version' -d 'Show the version.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor exec" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor console" socket' -l 'socket' -d 'The daemon\'s socket. Default: $PROCURATOR_SOCKET, then /run/procurator/vmsupervisor.sock.' -rF
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor console" host' -l 'host' -d 'Another node: the name of a context, or HOST[:PORT]. Default: $PROCURATOR_HOST.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor console" o output' -l 'output' -s 'o' -d 'table, json, yaml or name.' -rfka 'table json yaml name'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor console" no-headers' -l 'no-headers' -d 'Leave out the first line of tables.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor console" q quiet' -l 'quiet' -s 'q' -d 'Print names only, and no remarks.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor console" readonly' -l 'readonly' -d 'Only look: nothing that is typed reaches the guest.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor console" take' -l 'take' -d 'Take the keyboard from whoever has it.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor console" stay' -l 'stay' -d 'Stay when the guest ends, for its next start; the habit on a terminal.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor console" history' -l 'history' -d 'Lines of the past to begin with, all or none.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor console" -eq 1' -fka '(timeout 2 vmsupervisor status --output name 2>/dev/null)'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor console" version' -l 'version' -d 'Show the version.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor console" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor logs" socket' -l 'socket' -d 'The daemon\'s socket. Default: $PROCURATOR_SOCKET, then /run/procurator/vmsupervisor.sock.' -rF
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor logs" host' -l 'host' -d 'Another node: the name of a context, or HOST[:PORT]. Default: $PROCURATOR_HOST.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor logs" o output' -l 'output' -s 'o' -d 'table, json, yaml or name.' -rfka 'table json yaml name'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor logs" no-headers' -l 'no-headers' -d 'Leave out the first line of tables.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor logs" q quiet' -l 'quiet' -s 'q' -d 'Print names only, and no remarks.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor logs" f follow' -l 'follow' -s 'f' -d 'Go on with everything that comes.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor logs" lines n' -s 'n' -l 'lines' -d 'How many lines from the past.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor logs" -eq 1' -fka '(timeout 2 vmsupervisor status --output name 2>/dev/null)'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor logs" version' -l 'version' -d 'Show the version.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor logs" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor wait" socket' -l 'socket' -d 'The daemon\'s socket. Default: $PROCURATOR_SOCKET, then /run/procurator/vmsupervisor.sock.' -rF
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor wait" host' -l 'host' -d 'Another node: the name of a context, or HOST[:PORT]. Default: $PROCURATOR_HOST.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor wait" o output' -l 'output' -s 'o' -d 'table, json, yaml or name.' -rfka 'table json yaml name'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor wait" no-headers' -l 'no-headers' -d 'Leave out the first line of tables.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor wait" q quiet' -l 'quiet' -s 'q' -d 'Print names only, and no remarks.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor wait" state' -l 'state' -d 'States, any of which will do: pending starting running paused stopping stopped failed migrating agent.' -rfka 'pending starting running paused stopping stopped failed migrating agent'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor wait" timeout' -l 'timeout' -d 'How long to wait.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor wait" -eq 1' -fka '(timeout 2 vmsupervisor status --output name 2>/dev/null)'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor wait" version' -l 'version' -d 'Show the version.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor wait" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor ports" socket' -l 'socket' -d 'The daemon\'s socket. Default: $PROCURATOR_SOCKET, then /run/procurator/vmsupervisor.sock.' -rF
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor ports" host' -l 'host' -d 'Another node: the name of a context, or HOST[:PORT]. Default: $PROCURATOR_HOST.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor ports" o output' -l 'output' -s 'o' -d 'table, json, yaml or name.' -rfka 'table json yaml name'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor ports" no-headers' -l 'no-headers' -d 'Leave out the first line of tables.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor ports" q quiet' -l 'quiet' -s 'q' -d 'Print names only, and no remarks.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor ports" version' -l 'version' -d 'Show the version.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor ports" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor network" socket' -l 'socket' -d 'The daemon\'s socket. Default: $PROCURATOR_SOCKET, then /run/procurator/vmsupervisor.sock.' -rF
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor network" host' -l 'host' -d 'Another node: the name of a context, or HOST[:PORT]. Default: $PROCURATOR_HOST.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor network" o output' -l 'output' -s 'o' -d 'table, json, yaml or name.' -rfka 'table json yaml name'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor network" no-headers' -l 'no-headers' -d 'Leave out the first line of tables.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor network" q quiet' -l 'quiet' -s 'q' -d 'Print names only, and no remarks.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor network" nic' -l 'nic' -d 'Which network card, from 0.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor network" isolate' -l 'isolate' -d 'Reach nothing but what is allowed from here on.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor network" open' -l 'open' -d 'Reach what the network permits: forget all that was allowed.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor network"' -l 'allow-domain' -d 'Let it reach a domain and everything below it.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor network"' -l 'allow-address' -d 'Let it reach addresses: ADDRESS[/PREFIX][:PORT[-PORT]][/tcp|/udp].' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor network"' -l 'disallow-domain' -d 'Take a domain off the list.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor network"' -l 'disallow-address' -d 'Take addresses off the list.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor network"' -l 'forward' -d 'Lead a port of the host, or any free one, to one of the guest: [HOST:]GUEST[/tcp|/udp].' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor network"' -l 'unforward' -d 'Close such a way; without HOST, all to that port.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor network" limit-send' -l 'limit-send' -d 'Bytes per second that it may send, such as 10MiB; none for no limit.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor network" limit-receive' -l 'limit-receive' -d 'Bytes per second that it may receive.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor network" -eq 1' -fka '(timeout 2 vmsupervisor status --output name 2>/dev/null)'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor network" version' -l 'version' -d 'Show the version.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor network" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor disk" version' -l 'version' -d 'Show the version.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor disk" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor disk" -eq 1' -fa 'list' -d 'Show the disks of a VM.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor disk" -eq 1' -fa 'attach' -d 'Give a VM a disk.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor disk" -eq 1' -fa 'detach' -d 'Take a disk away from a VM.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor disk" -eq 1' -fa 'resize' -d 'Make a disk larger.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor disk list" socket' -l 'socket' -d 'The daemon\'s socket. Default: $PROCURATOR_SOCKET, then /run/procurator/vmsupervisor.sock.' -rF
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor disk list" host' -l 'host' -d 'Another node: the name of a context, or HOST[:PORT]. Default: $PROCURATOR_HOST.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor disk list" o output' -l 'output' -s 'o' -d 'table, json, yaml or name.' -rfka 'table json yaml name'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor disk list" no-headers' -l 'no-headers' -d 'Leave out the first line of tables.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor disk list" q quiet' -l 'quiet' -s 'q' -d 'Print names only, and no remarks.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor disk list" -eq 1' -fka '(timeout 2 vmsupervisor status --output name 2>/dev/null)'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor disk list" version' -l 'version' -d 'Show the version.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor disk list" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor disk attach" socket' -l 'socket' -d 'The daemon\'s socket. Default: $PROCURATOR_SOCKET, then /run/procurator/vmsupervisor.sock.' -rF
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor disk attach" host' -l 'host' -d 'Another node: the name of a context, or HOST[:PORT]. Default: $PROCURATOR_HOST.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor disk attach" o output' -l 'output' -s 'o' -d 'table, json, yaml or name.' -rfka 'table json yaml name'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor disk attach" no-headers' -l 'no-headers' -d 'Leave out the first line of tables.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor disk attach" q quiet' -l 'quiet' -s 'q' -d 'Print names only, and no remarks.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor disk attach" path' -l 'path' -d 'An image or block device of yours.' -rF
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor disk attach" size' -l 'size' -d 'Make an image of that size, such as 10GiB.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor disk attach" name' -l 'name' -d 'The disk\'s name within the VM. Default: the first free diskN.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor disk attach" format' -l 'format' -d 'qcow2 or raw. Default: by the image\'s name.' -rfka 'qcow2 raw'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor disk attach" bus' -l 'bus' -d 'virtio, scsi or nvme, or sata for a VM that does not run.' -rfka 'virtio scsi sata nvme'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor disk attach" readonly' -l 'readonly' -d 'The guest can only read.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor disk attach" -eq 1' -fka '(timeout 2 vmsupervisor status --output name 2>/dev/null)'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor disk attach" version' -l 'version' -d 'Show the version.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor disk attach" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor disk detach" socket' -l 'socket' -d 'The daemon\'s socket. Default: $PROCURATOR_SOCKET, then /run/procurator/vmsupervisor.sock.' -rF
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor disk detach" host' -l 'host' -d 'Another node: the name of a context, or HOST[:PORT]. Default: $PROCURATOR_HOST.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor disk detach" o output' -l 'output' -s 'o' -d 'table, json, yaml or name.' -rfka 'table json yaml name'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor disk detach" no-headers' -l 'no-headers' -d 'Leave out the first line of tables.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor disk detach" q quiet' -l 'quiet' -s 'q' -d 'Print names only, and no remarks.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor disk detach" delete' -l 'delete' -d 'Remove the image too, if it was made for the VM. The VM is to be named in full then.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor disk detach" -eq 1' -fka '(timeout 2 vmsupervisor status --output name 2>/dev/null)'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor disk detach" version' -l 'version' -d 'Show the version.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor disk detach" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor disk resize" socket' -l 'socket' -d 'The daemon\'s socket. Default: $PROCURATOR_SOCKET, then /run/procurator/vmsupervisor.sock.' -rF
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor disk resize" host' -l 'host' -d 'Another node: the name of a context, or HOST[:PORT]. Default: $PROCURATOR_HOST.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor disk resize" o output' -l 'output' -s 'o' -d 'table, json, yaml or name.' -rfka 'table json yaml name'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor disk resize" no-headers' -l 'no-headers' -d 'Leave out the first line of tables.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor disk resize" q quiet' -l 'quiet' -s 'q' -d 'Print names only, and no remarks.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor disk resize" -eq 1' -fka '(timeout 2 vmsupervisor status --output name 2>/dev/null)'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor disk resize" version' -l 'version' -d 'Show the version.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor disk resize" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor nic" version' -l 'version' -d 'Show the version.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor nic" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor nic" -eq 1' -fa 'attach' -d 'Give a VM a network card, and show what it got.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor nic" -eq 1' -fa 'detach' -d 'Take a network card away from a VM.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor nic attach" socket' -l 'socket' -d 'The daemon\'s socket. Default: $PROCURATOR_SOCKET, then /run/procurator/vmsupervisor.sock.' -rF
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor nic attach" host' -l 'host' -d 'Another node: the name of a context, or HOST[:PORT]. Default: $PROCURATOR_HOST.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor nic attach" o output' -l 'output' -s 'o' -d 'table, json, yaml or name.' -rfka 'table json yaml name'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor nic attach" no-headers' -l 'no-headers' -d 'Leave out the first line of tables.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor nic attach" q quiet' -l 'quiet' -s 'q' -d 'Print names only, and no remarks.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor nic attach" network' -l 'network' -d 'The network it is on.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor nic attach" address' -l 'address' -d 'A fixed IPv4 address. Default: any free one.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor nic attach" model' -l 'model' -d 'What the guest takes it for.' -rfka 'virtio e1000 e1000e rtl8139'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor nic attach" isolate' -l 'isolate' -d 'Reach nothing until it is allowed with `network`.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor nic attach" -eq 1' -fka '(timeout 2 vmsupervisor status --output name 2>/dev/null)'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor nic attach" version' -l 'version' -d 'Show the version.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor nic attach" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor nic detach" socket' -l 'socket' -d 'The daemon\'s socket. Default: $PROCURATOR_SOCKET, then /run/procurator/vmsupervisor.sock.' -rF
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor nic detach" host' -l 'host' -d 'Another node: the name of a context, or HOST[:PORT]. Default: $PROCURATOR_HOST.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor nic detach" o output' -l 'output' -s 'o' -d 'table, json, yaml or name.' -rfka 'table json yaml name'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor nic detach" no-headers' -l 'no-headers' -d 'Leave out the first line of tables.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor nic detach" q quiet' -l 'quiet' -s 'q' -d 'Print names only, and no remarks.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor nic detach" -eq 1' -fka '(timeout 2 vmsupervisor status --output name 2>/dev/null)'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor nic detach" version' -l 'version' -d 'Show the version.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor nic detach" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor cdrom" version' -l 'version' -d 'Show the version.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor cdrom" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor cdrom" -eq 1' -fa 'insert' -d 'Put an ISO image into a drive.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor cdrom" -eq 1' -fa 'eject' -d 'Take out what is in a drive.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor cdrom insert" socket' -l 'socket' -d 'The daemon\'s socket. Default: $PROCURATOR_SOCKET, then /run/procurator/vmsupervisor.sock.' -rF
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor cdrom insert" host' -l 'host' -d 'Another node: the name of a context, or HOST[:PORT]. Default: $PROCURATOR_HOST.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor cdrom insert" o output' -l 'output' -s 'o' -d 'table, json, yaml or name.' -rfka 'table json yaml name'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor cdrom insert" no-headers' -l 'no-headers' -d 'Leave out the first line of tables.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor cdrom insert" q quiet' -l 'quiet' -s 'q' -d 'Print names only, and no remarks.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor cdrom insert" drive' -l 'drive' -d 'Name or number of the drive. Default: the first.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor cdrom insert" force' -l 'force' -d 'Open the tray even if the guest has locked it.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor cdrom insert" -eq 1' -fka '(timeout 2 vmsupervisor status --output name 2>/dev/null)'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor cdrom insert" -eq 2' -F
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor cdrom insert" version' -l 'version' -d 'Show the version.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor cdrom insert" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor cdrom eject" socket' -l 'socket' -d 'The daemon\'s socket. Default: $PROCURATOR_SOCKET, then /run/procurator/vmsupervisor.sock.' -rF
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor cdrom eject" host' -l 'host' -d 'Another node: the name of a context, or HOST[:PORT]. Default: $PROCURATOR_HOST.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor cdrom eject" o output' -l 'output' -s 'o' -d 'table, json, yaml or name.' -rfka 'table json yaml name'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor cdrom eject" no-headers' -l 'no-headers' -d 'Leave out the first line of tables.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor cdrom eject" q quiet' -l 'quiet' -s 'q' -d 'Print names only, and no remarks.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor cdrom eject" drive' -l 'drive' -d 'Name or number of the drive. Default: the first.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor cdrom eject" force' -l 'force' -d 'Open the tray even if the guest has locked it.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor cdrom eject" -eq 1' -fka '(timeout 2 vmsupervisor status --output name 2>/dev/null)'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor cdrom eject" version' -l 'version' -d 'Show the version.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor cdrom eject" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor screenshot" socket' -l 'socket' -d 'The daemon\'s socket. Default: $PROCURATOR_SOCKET, then /run/procurator/vmsupervisor.sock.' -rF
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor screenshot" host' -l 'host' -d 'Another node: the name of a context, or HOST[:PORT]. Default: $PROCURATOR_HOST.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor screenshot" o output' -l 'output' -s 'o' -d 'table, json, yaml or name.' -rfka 'table json yaml name'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor screenshot" no-headers' -l 'no-headers' -d 'Leave out the first line of tables.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor screenshot" q quiet' -l 'quiet' -s 'q' -d 'Print names only, and no remarks.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor screenshot" -eq 1' -fka '(timeout 2 vmsupervisor status --output name 2>/dev/null)'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor screenshot" -eq 2' -F
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor screenshot" version' -l 'version' -d 'Show the version.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor screenshot" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor vnc" socket' -l 'socket' -d 'The daemon\'s socket. Default: $PROCURATOR_SOCKET, then /run/procurator/vmsupervisor.sock.' -rF
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor vnc" host' -l 'host' -d 'Another node: the name of a context, or HOST[:PORT]. Default: $PROCURATOR_HOST.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor vnc" o output' -l 'output' -s 'o' -d 'table, json, yaml or name.' -rfka 'table json yaml name'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor vnc" no-headers' -l 'no-headers' -d 'Leave out the first line of tables.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor vnc" q quiet' -l 'quiet' -s 'q' -d 'Print names only, and no remarks.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor vnc" -eq 1' -fka '(timeout 2 vmsupervisor status --output name 2>/dev/null)'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor vnc" version' -l 'version' -d 'Show the version.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor vnc" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor sync-time" socket' -l 'socket' -d 'The daemon\'s socket. Default: $PROCURATOR_SOCKET, then /run/procurator/vmsupervisor.sock.' -rF
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor sync-time" host' -l 'host' -d 'Another node: the name of a context, or HOST[:PORT]. Default: $PROCURATOR_HOST.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor sync-time" o output' -l 'output' -s 'o' -d 'table, json, yaml or name.' -rfka 'table json yaml name'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor sync-time" no-headers' -l 'no-headers' -d 'Leave out the first line of tables.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor sync-time" q quiet' -l 'quiet' -s 'q' -d 'Print names only, and no remarks.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor sync-time" -ge 1' -fka '(timeout 2 vmsupervisor status --output name 2>/dev/null)'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor sync-time" version' -l 'version' -d 'Show the version.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor sync-time" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor limit" socket' -l 'socket' -d 'The daemon\'s socket. Default: $PROCURATOR_SOCKET, then /run/procurator/vmsupervisor.sock.' -rF
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor limit" host' -l 'host' -d 'Another node: the name of a context, or HOST[:PORT]. Default: $PROCURATOR_HOST.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor limit" o output' -l 'output' -s 'o' -d 'table, json, yaml or name.' -rfka 'table json yaml name'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor limit" no-headers' -l 'no-headers' -d 'Leave out the first line of tables.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor limit" q quiet' -l 'quiet' -s 'q' -d 'Print names only, and no remarks.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor limit" cpu' -l 'cpu' -d 'Time of the host\'s processors, such as 1.5.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor limit" cpu-weight' -l 'cpu-weight' -d 'Share when processors are scarce, 1 to 10000; others have 100.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor limit" memory-overhead' -l 'memory-overhead' -d 'Memory of the hypervisor beside the guest\'s, such as 256MiB.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor limit"' -l 'iops' -d 'Reads and writes of a disk per second: DISK=COUNT.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor limit"' -l 'throughput' -d 'Bytes of a disk per second: DISK=SIZE, such as disk0=50MiB.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor limit" io-weight' -l 'io-weight' -d 'Share when disks are scarce, 1 to 10000; others have 100.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor limit" tasks' -l 'tasks' -d 'Threads of the hypervisor.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor limit" -eq 1' -fka '(timeout 2 vmsupervisor status --output name 2>/dev/null)'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor limit" version' -l 'version' -d 'Show the version.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor limit" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor balloon" socket' -l 'socket' -d 'The daemon\'s socket. Default: $PROCURATOR_SOCKET, then /run/procurator/vmsupervisor.sock.' -rF
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor balloon" host' -l 'host' -d 'Another node: the name of a context, or HOST[:PORT]. Default: $PROCURATOR_HOST.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor balloon" o output' -l 'output' -s 'o' -d 'table, json, yaml or name.' -rfka 'table json yaml name'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor balloon" no-headers' -l 'no-headers' -d 'Leave out the first line of tables.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor balloon" q quiet' -l 'quiet' -s 'q' -d 'Print names only, and no remarks.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor balloon" -eq 1' -fka '(timeout 2 vmsupervisor status --output name 2>/dev/null)'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor balloon" version' -l 'version' -d 'Show the version.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor balloon" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor capacity" socket' -l 'socket' -d 'The daemon\'s socket. Default: $PROCURATOR_SOCKET, then /run/procurator/vmsupervisor.sock.' -rF
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor capacity" host' -l 'host' -d 'Another node: the name of a context, or HOST[:PORT]. Default: $PROCURATOR_HOST.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor capacity" o output' -l 'output' -s 'o' -d 'table, json, yaml or name.' -rfka 'table json yaml name'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor capacity" no-headers' -l 'no-headers' -d 'Leave out the first line of tables.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor capacity" q quiet' -l 'quiet' -s 'q' -d 'Print names only, and no remarks.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor capacity" version' -l 'version' -d 'Show the version.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor capacity" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor audit" socket' -l 'socket' -d 'The daemon\'s socket. Default: $PROCURATOR_SOCKET, then /run/procurator/vmsupervisor.sock.' -rF
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor audit" host' -l 'host' -d 'Another node: the name of a context, or HOST[:PORT]. Default: $PROCURATOR_HOST.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor audit" o output' -l 'output' -s 'o' -d 'table, json, yaml or name.' -rfka 'table json yaml name'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor audit" no-headers' -l 'no-headers' -d 'Leave out the first line of tables.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor audit" q quiet' -l 'quiet' -s 'q' -d 'Print names only, and no remarks.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor audit" fix' -l 'fix' -d 'Have netd remove its interfaces that belong to no VM and that nobody holds.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor audit" version' -l 'version' -d 'Show the version.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor audit" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor events" socket' -l 'socket' -d 'The daemon\'s socket. Default: $PROCURATOR_SOCKET, then /run/procurator/vmsupervisor.sock.' -rF
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor events" host' -l 'host' -d 'Another node: the name of a context, or HOST[:PORT]. Default: $PROCURATOR_HOST.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor events" o output' -l 'output' -s 'o' -d 'table, json, yaml or name.' -rfka 'table json yaml name'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor events" no-headers' -l 'no-headers' -d 'Leave out the first line of tables.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor events" q quiet' -l 'quiet' -s 'q' -d 'Print names only, and no remarks.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor events" f follow' -l 'follow' -s 'f' -d 'Go on with everything that comes.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor events" lines n' -s 'n' -l 'lines' -d 'How many from the past. Default: 100, or all with --since.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor events" since' -l 'since' -d 'Nothing older: 90s, 10m, 2h, 1d, or 2026-11-21T03:04:05Z.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor events" -eq 1' -fka '(timeout 2 vmsupervisor status --output name 2>/dev/null)'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor events" version' -l 'version' -d 'Show the version.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor events" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor explain" socket' -l 'socket' -d 'The daemon\'s socket. Default: $PROCURATOR_SOCKET, then /run/procurator/vmsupervisor.sock.' -rF
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor explain" host' -l 'host' -d 'Another node: the name of a context, or HOST[:PORT]. Default: $PROCURATOR_HOST.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor explain" o output' -l 'output' -s 'o' -d 'table, json, yaml or name.' -rfka 'table json yaml name'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor explain" no-headers' -l 'no-headers' -d 'Leave out the first line of tables.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor explain" q quiet' -l 'quiet' -s 'q' -d 'Print names only, and no remarks.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor explain" config' -l 'config' -d 'Configuration of the supervisor, to look at when it does not answer. Default: /etc/procurator/vmsupervisor.conf.' -rF
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor explain" -eq 1' -fka '(timeout 2 vmsupervisor status --output name 2>/dev/null)'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor explain" version' -l 'version' -d 'Show the version.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor explain" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor doctor" socket' -l 'socket' -d 'The daemon\'s socket. Default: $PROCURATOR_SOCKET, then /run/procurator/vmsupervisor.sock.' -rF
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor doctor" host' -l 'host' -d 'Another node: the name of a context, or HOST[:PORT]. Default: $PROCURATOR_HOST.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor doctor" o output' -l 'output' -s 'o' -d 'table, json, yaml or name.' -rfka 'table json yaml name'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor doctor" no-headers' -l 'no-headers' -d 'Leave out the first line of tables.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor doctor" q quiet' -l 'quiet' -s 'q' -d 'Print names only, and no remarks.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor doctor" strict' -l 'strict' -d 'Let the exit status be 1 for warnings too.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor doctor" config' -l 'config' -d 'Configuration of the supervisor, to look at when it does not answer. Default: /etc/procurator/vmsupervisor.conf.' -rF
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor doctor" version' -l 'version' -d 'Show the version.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor doctor" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor top" socket' -l 'socket' -d 'The daemon\'s socket. Default: $PROCURATOR_SOCKET, then /run/procurator/vmsupervisor.sock.' -rF
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor top" host' -l 'host' -d 'Another node: the name of a context, or HOST[:PORT]. Default: $PROCURATOR_HOST.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor top" o output' -l 'output' -s 'o' -d 'table, json, yaml or name.' -rfka 'table json yaml name'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor top" no-headers' -l 'no-headers' -d 'Leave out the first line of tables.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor top" q quiet' -l 'quiet' -s 'q' -d 'Print names only, and no remarks.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor top" once' -l 'once' -d 'Show one table and end.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor top" sort' -l 'sort' -d 'What comes first: cpu, mem, net, disk, name.' -rfka 'cpu mem net disk name'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor top" interval' -l 'interval' -d 'Least time between two tables. Default: the supervisor\'s interval.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor top" version' -l 'version' -d 'Show the version.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor top" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor tls" version' -l 'version' -d 'Show the version.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor tls" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor tls" -eq 1' -fa 'init' -d 'Make an authority: a key, its certificate, and an empty revocation list.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor tls" -eq 1' -fa 'issue' -d 'Make a key and a certificate.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor tls" -eq 1' -fa 'revoke' -d 'Trust a certificate no more.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor tls" -eq 1' -fa 'refresh' -d 'Make the revocation list anew, good for 90 days more.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor tls" -eq 1' -fa 'show' -d 'Show what was issued, or what files of certificates say.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor tls init" folder' -l 'folder' -d 'The authority\'s folder. Default: /etc/procurator/tls/authority.' -rfa '(__vmsupervisor_complete_directories)'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor tls init" name' -l 'name' -d 'The authority\'s name in certificates. Default: one with this host\'s name.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor tls init" days' -l 'days' -d 'How long it holds.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor tls init" o output' -l 'output' -s 'o' -d 'table, json, yaml or name.' -rfka 'table json yaml name'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor tls init" no-headers' -l 'no-headers' -d 'Leave out the first line of tables.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor tls init" q quiet' -l 'quiet' -s 'q' -d 'Print names only, and no remarks.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor tls init" version' -l 'version' -d 'Show the version.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor tls init" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor tls issue" folder' -l 'folder' -d 'The authority\'s folder. Default: /etc/procurator/tls/authority.' -rfa '(__vmsupervisor_complete_directories)'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor tls issue"' -l 'address' -d 'A domain or IP address under which a node is reached; at least one.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor tls issue" days' -l 'days' -d 'How long it holds.' -rfka ''
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor tls issue" out' -l 'out' -d 'Where to write. Default: ./NAME.' -rfa '(__vmsupervisor_complete_directories)'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor tls issue" force' -l 'force' -d 'Replace files that are there.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor tls issue" o output' -l 'output' -s 'o' -d 'table, json, yaml or name.' -rfka 'table json yaml name'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor tls issue" no-headers' -l 'no-headers' -d 'Leave out the first line of tables.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor tls issue" q quiet' -l 'quiet' -s 'q' -d 'Print names only, and no remarks.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor tls issue" -eq 1' -fka 'control-plane node operator read-only'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor tls issue" version' -l 'version' -d 'Show the version.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor tls issue" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor tls revoke" folder' -l 'folder' -d 'The authority\'s folder. Default: /etc/procurator/tls/authority.' -rfa '(__vmsupervisor_complete_directories)'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor tls revoke" o output' -l 'output' -s 'o' -d 'table, json, yaml or name.' -rfka 'table json yaml name'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor tls revoke" no-headers' -l 'no-headers' -d 'Leave out the first line of tables.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor tls revoke" q quiet' -l 'quiet' -s 'q' -d 'Print names only, and no remarks.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor tls revoke" version' -l 'version' -d 'Show the version.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor tls revoke" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor tls refresh" folder' -l 'folder' -d 'The authority\'s folder. Default: /etc/procurator/tls/authority.' -rfa '(__vmsupervisor_complete_directories)'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor tls refresh" o output' -l 'output' -s 'o' -d 'table, json, yaml or name.' -rfka 'table json yaml name'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor tls refresh" no-headers' -l 'no-headers' -d 'Leave out the first line of tables.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor tls refresh" q quiet' -l 'quiet' -s 'q' -d 'Print names only, and no remarks.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor tls refresh" version' -l 'version' -d 'Show the version.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor tls refresh" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor tls show" folder' -l 'folder' -d 'The authority\'s folder. Default: /etc/procurator/tls/authority.' -rfa '(__vmsupervisor_complete_directories)'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor tls show" o output' -l 'output' -s 'o' -d 'table, json, yaml or name.' -rfka 'table json yaml name'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor tls show" no-headers' -l 'no-headers' -d 'Leave out the first line of tables.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor tls show" q quiet' -l 'quiet' -s 'q' -d 'Print names only, and no remarks.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_positional "vmsupervisor tls show" -ge 1' -F
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor tls show" version' -l 'version' -d 'Show the version.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor tls show" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor daemon" config' -l 'config' -d 'Configuration. Default: /etc/procurator/vmsupervisor.conf.' -rF
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor daemon" version' -l 'version' -d 'Show the version.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor daemon" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'vmsupervisor' -n '__vmsupervisor_should_offer_completions_for_flags_or_options "vmsupervisor help" version' -l 'version' -d 'Show the version.'
