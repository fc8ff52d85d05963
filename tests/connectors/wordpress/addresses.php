<?php
// Gives the site pretty addresses (/%postname%/) or plain ones (an empty word): php addresses.php FOLDER STRUCTURE

require $argv[1] . '/wp-load.php';
require ABSPATH . 'wp-admin/includes/misc.php';

$wp_rewrite->set_permalink_structure( $argv[2] );
$wp_rewrite->flush_rules( false );
